/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - the two AWS signatures that Heat's CFN API accepts, as Keystone checks them.
 *
 * Version 2 in the query (HmacSHA256) and version 4 in the Authorization header.  Keystone
 * recomputes both from what WebOb makes of the request: the Host header as sent, the decoded
 * path, the decoded parameters.  libcurl's own CURLOPT_AWS_SIGV4 signs with the system's clock,
 * which is just what a guest whose clock is wrong cannot use.
 *
 * Functions return 0 or -errno (-EMSGSIZE: a buffer is too small) and log nothing.
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
 * "a=1&b=2": sorted by name, percent-encoded as both signatures want it.  Also good as the query
 * on the wire.  Sorts `p` in place.
 */
int aws_sign_query(char *ret, size_t size, struct sign_param *p, size_t n);

/* Base64 signature of a request whose parameters are `query`, as aws_sign_query() wrote them. */
int sign_v2(char *ret, size_t size, const struct sign_key *key, const char *verb, const char *host,
        const char *path, const char *query);

/* What is signed by version 4, beside the key. */
struct sign_v4 {
	const char *verb, *host, *path, *query;
	const char *date; /* "20261123T063919Z", also sent as X-Amz-Date */
	const char *region, *service;
	const char *body;
	size_t body_len;
};

/* "AWS4-HMAC-SHA256 Credential=..., ..." : the value of the Authorization header. */
int sign_v4(char *ret, size_t size, const struct sign_key *key, const struct sign_v4 *rq);

#endif
