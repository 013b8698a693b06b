/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_trust.h - which certificates http.c believes in, and how rarely it reads them.
 *
 * Parsing a system's 140 certificates costs ten times what the rest of a poll costs, and libcurl does it
 * for every connection unless they come out of one file.
 */
#ifndef AGENT_HTTP_TLS_TRUST_H
#define AGENT_HTTP_TLS_TRUST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct http_options;

struct http_trust {
	CURLSH *sessions;    /* of TLS: resumed by the next connection, for half of the price */
	uint64_t suspect_ms; /* loop's clock: what is kept may be older than the file until then */
};

int tls_trust_open(struct http_trust *t);
void tls_trust_close(struct http_trust *t);

void tls_trust_set(struct http_trust *t, CURL *e, const struct http_options *o);

/* A server has been refused: was it by certificates that have since been replaced? */
void tls_trust_explain(struct http_trust *t);

#endif
