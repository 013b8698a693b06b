/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/http/tls_trust.h"

#include <errno.h>
#include <stddef.h>

#include "agent/base/loop.h"
#include "agent/http/ca_bundle.h"

/* Lifetime of cached certificates, and the time without a cache after a rejected certificate. */
static const long kept_s = 3600;

int tls_trust_open(struct http_trust *t)
{
	*t = (struct http_trust){ .sessions = curl_share_init() };
	if (!t->sessions)
		return -ENOMEM;
	curl_share_setopt(t->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	return 0;
}

void tls_trust_close(struct http_trust *t)
{
	if (t->sessions)
		curl_share_cleanup(t->sessions);
	t->sessions = NULL;
}

void tls_trust_explain(struct http_trust *t)
{
	t->suspect_ms = loop_now() + (uint64_t)kept_s * 1000;
}

void tls_trust_set(struct http_trust *t, CURL *e, const struct http_options *o)
{
	char *bundle = NULL, found[PATH_MAX];
	const char *ca = *o->ca_file ? o->ca_file : ca_bundle_file(found);

	curl_easy_setopt(e, CURLOPT_SHARE, t->sessions);
	if (ca)
		curl_easy_setopt(e, CURLOPT_CAINFO, ca);
	/*
	 * With a CAPATH libcurl caches nothing, and certificates outside of ca-file would be
	 * trusted.
	 */
	curl_easy_getinfo(e, CURLINFO_CAINFO, &bundle);
	if (ca || bundle)
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, loop_now() < t->suspect_ms ? 0L : kept_s);
	if (*o->client_cert) { /* one file holds both */
		curl_easy_setopt(e, CURLOPT_SSLCERT, o->client_cert);
		curl_easy_setopt(e, CURLOPT_SSLKEY, o->client_cert);
	}
	if (o->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}
