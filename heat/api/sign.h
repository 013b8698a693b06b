/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - computes the two AWS signatures that Heat's CFN API accepts, as Keystone verifies them.
 *
 * Version 2 in the query (HmacSHA256) and version 4 in the Authorization header.  Keystone
 * recomputes both from the request as WebOb parses it: the Host header as sent, the decoded path, the decoded
 * parameters.  libcurl's CURLOPT_AWS_SIGV4 is unusable here: it signs with the system's clock, which may be wrong.
 *
 * Functions return 0 or -errno (-EMSGSIZE if a buffer is too small) and log nothing.
 */
#ifndef HEAT_API_SIGN_H
#define HEAT_API_SIGN_H

#include <stddef.h>

struct sign_key {
	const char *access, *secret;
};

struct sign_param {
	const char *name, *value; /* not encoded */
};

enum { SIGN_DATE = 17, SIGN_PARAMS_MAX = 32 };

/*
 * Writes the canonical query "a=1&b=2" for both signatures: sorted by name, percent-encoded.  The same text is sent
 * in the URL.  Sorts `p` in place.
 */
int sign_query(char *ret, size_t size, struct sign_param *p, size_t n);

/* Writes the signature in base64.  `query` is the text that sign_query() wrote. */
int sign_v2(char *ret, size_t size, const struct sign_key *key, const char *verb, const char *host,
        const char *path, const char *query);

/* The signed parts of a request, for version 4. */
struct sign_v4 {
	const char *verb, *host, *path, *query;
	const char *date; /* "20261123T063919Z", sent as X-Amz-Date, too */
	const char *region, *service;
	const char *body;
	size_t body_len;
};

/* Writes the value of the Authorization header: "AWS4-HMAC-SHA256 Credential=..., ...". */
int sign_v4(char *ret, size_t size, const struct sign_key *key, const struct sign_v4 *rq);

#endif
