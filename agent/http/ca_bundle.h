/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_bundle.h - which certificates are trusted when the configuration names none.
 *
 * A distribution's libcurl knows its own.  The static build's knows none, for it runs on any
 * distribution: it takes the first there is of the places where they are kept.
 */
#ifndef AGENT_HTTP_CA_BUNDLE_H
#define AGENT_HTTP_CA_BUNDLE_H

#include <limits.h>
#include <stdbool.h>

/*
 * A file for CURLOPT_CAINFO, in `ret`, or NULL: libcurl has its own.  Where no distribution's is
 * there, it names one that is not, so that https is refused and never unverified.
 */
const char *ca_bundle_file(char ret[static PATH_MAX]);

/* Is there anything to verify a certificate with? */
bool ca_bundle_is_known(void);
extern const char ca_missing[]; /* what to say when there is not */

#endif
