/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_trust.h - the trusted certificates of http.c, and how long libcurl caches them.
 *
 * Parsing the 140 certificates of a system costs ten times as much as the rest of a poll.  libcurl parses them for
 * each connection, unless they are in one file.
 */
#ifndef AGENT_HTTP_TLS_TRUST_H
#define AGENT_HTTP_TLS_TRUST_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* Proxy and certificates.  The caller keeps the strings valid while requests are made. */
struct http_options {
	const char *ca_file;     /* "" = the system's */
	const char *client_cert; /* client certificate with its key; "" = none */
	const char *proxy; /* "" = that of the environment (http_proxy, https_proxy, no_proxy) */
	bool insecure;     /* do not verify the server's certificate */
};

struct http_trust {
	CURLSH *sessions;    /* TLS sessions: resuming one halves the cost of a connection */
	uint64_t suspect_ms; /* loop's clock: until then the cache is not used */
};

int tls_trust_open(struct http_trust *t);
void tls_trust_close(struct http_trust *t);

void tls_trust_set(struct http_trust *t, CURL *e, const struct http_options *o);

/* Disables the cache for an hour after a rejected certificate: the file may have been replaced. */
void tls_trust_explain(struct http_trust *t);

#endif
