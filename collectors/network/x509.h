/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509.h - validity of certificates; one x509_BACKEND.c for each crypto library (`make CRYPTO=`).
 */
#ifndef COLLECTORS_NETWORK_X509_H
#define COLLECTORS_NETWORK_X509_H

#include <stddef.h>

/*
 * Finds the certificate in `data` (PEM, one or more, or a single DER; with a NUL at data[len]) that
 * expires first. Sets its validity in seconds since 1970, NAN if unknown. Returns 0, -EBADMSG if
 * there is none, or -ENOMEM.
 */
int x509_earliest(const char *data, size_t len, double *ret_from_s, double *ret_to_s);

#endif
