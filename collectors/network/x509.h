/* SPDX-License-Identifier: Apache-2.0 */
/* x509.h - how long certificates are valid; one x509_BACKEND.c for each crypto library, as `make CRYPTO=` says. */
#ifndef COLLECTORS_NETWORK_X509_H
#define COLLECTORS_NETWORK_X509_H

#include <stddef.h>

/*
 * Of the certificates in `data` (PEM, one or more, or a single DER; a NUL behind `len`) the one that expires
 * first: from and to when, seconds since 1970, NAN where it does not say.  0, -EBADMSG: there is none in it, or
 * -ENOMEM.
 */
int x509_earliest(const char *data, size_t len, double *ret_from_s, double *ret_to_s);

#endif
