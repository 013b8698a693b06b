/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_bundle.h - the certificates that are trusted by default.
 *
 * The libcurl of a distribution has a built-in path.  The static build runs on any distribution and has none: it uses
 * the first readable file of a list of well-known paths.
 */
#ifndef AGENT_HTTP_CA_BUNDLE_H
#define AGENT_HTTP_CA_BUNDLE_H

#include <limits.h>
#include <stdbool.h>

/*
 * Writes the path for CURLOPT_CAINFO into `ret` and returns it; NULL if libcurl has a built-in path.  If no file is
 * found, the path names a missing file: https is then refused, never unverified.
 */
const char *ca_bundle_file(char ret[static PATH_MAX]);

/* Returns true if there is a file or folder of trusted certificates. */
bool ca_bundle_is_known(void);
extern const char ca_missing[]; /* the message if there is none */

#endif
