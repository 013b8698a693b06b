/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/sign.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/digest.h"

/* A string under construction in a buffer of fixed size. */
struct text {
	char *at;
	size_t left;
	int error;
};

__attribute__((format(printf, 2, 3))) static void append_sign_text(
        struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left) {
		t->error = -EMSGSIZE;
		return;
	}
	t->at += n;
	t->left -= (size_t)n;
}

/* Appends s percent-encoded as in RFC 3986: all bytes but unreserved characters become %XX. */
static void append_sign_encoded(struct text *t, const char *s)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                                 "0123456789-_.~";

	for (; *s && !t->error; s++) {
		if (strchr(unreserved, *s))
			append_sign_text(t, "%c", *s);
		else
			append_sign_text(t, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static int compare_param_names(const void *a, const void *b)
{
	/* Byte order equals the server's order, that of code points, for UTF-8. */
	return strcmp(((const struct sign_param *)a)->name, ((const struct sign_param *)b)->name);
}

int sign_query(char *ret, size_t size, struct sign_param *p, size_t n)
{
	struct text t = { ret, size, 0 };

	if (size == 0)
		return -EMSGSIZE;
	*ret = '\0';
	qsort(p, n, sizeof(*p), compare_param_names);
	for (size_t i = 0; i < n; i++) {
		append_sign_text(&t, "%s", i ? "&" : "");
		append_sign_encoded(&t, p[i].name);
		append_sign_text(&t, "=");
		append_sign_encoded(&t, p[i].value);
	}
	return t.error;
}

int sign_v2(char *ret, size_t size, const struct sign_key *key, const char *verb, const char *host,
        const char *path, const char *query)
{
	char sts[8192];
	unsigned char mac[DIGEST_SIZE];
	struct text t = { sts, sizeof(sts), 0 };
	int r;

	if (size < DIGEST_BASE64)
		return -EMSGSIZE;
	append_sign_text(&t, "%s\n%s\n%s\n%s", verb, host, path, query);
	if (t.error)
		return t.error;
	r = digest_hmac(mac, key->secret, strlen(key->secret), sts);
	if (r == 0)
		digest_base64(ret, mac);
	return r;
}

/* Derives the signing key from the secret, the date, the region and the service. */
static int derive_v4_key(unsigned char k[static DIGEST_SIZE], const char *secret, const char *day,
        const struct sign_v4 *rq)
{
	char first[512];
	int n = snprintf(first, sizeof(first), "AWS4%s", secret), r;

	if (n < 0 || n >= (int)sizeof(first))
		return -EMSGSIZE;
	r = digest_hmac(k, first, (size_t)n, day);
	if (r == 0)
		r = digest_hmac(k, k, DIGEST_SIZE, rq->region);
	if (r == 0)
		r = digest_hmac(k, k, DIGEST_SIZE, rq->service);
	if (r == 0)
		r = digest_hmac(k, k, DIGEST_SIZE, "aws4_request");
	explicit_bzero(first, sizeof(first));
	return r;
}

int sign_v4(char *ret, size_t size, const struct sign_key *key, const struct sign_v4 *rq)
{
	static const char names[] = "host;x-amz-date";
	char text[8192], hash[DIGEST_HEX], scope[256], day[9];
	unsigned char mac[DIGEST_SIZE];
	struct text t = { text, sizeof(text), 0 };
	int r, n;

	(void)snprintf(day, sizeof(day), "%.8s", rq->date);
	n = snprintf(scope, sizeof(scope), "%s/%s/%s/aws4_request", day, rq->region, rq->service);
	if (n < 0 || n >= (int)sizeof(scope))
		return -EMSGSIZE;
	r = digest_sha256_hex(hash, rq->body, rq->body_len);
	/* Keystone reads the parameters of a POST from its body, and signs an empty query. */
	append_sign_text(&t, "%s\n%s\n%s\nhost:%s\nx-amz-date:%s\n\n%s\n%s", rq->verb, rq->path,
	        strcmp(rq->verb, "POST") == 0 ? "" : rq->query, rq->host, rq->date, names, hash);
	if (r < 0 || t.error)
		return r < 0 ? r : t.error;
	r = digest_sha256_hex(hash, text, strlen(text));
	t = (struct text){ text, sizeof(text), 0 };
	append_sign_text(&t, "AWS4-HMAC-SHA256\n%s\n%s\n%s", rq->date, scope, hash);
	if (r == 0)
		r = derive_v4_key(mac, key->secret, day, rq);
	if (r == 0)
		r = digest_hmac(mac, mac, sizeof(mac), text);
	if (r < 0)
		return r;
	digest_hex(hash, mac);
	explicit_bzero(mac, sizeof(mac));
	t = (struct text){ ret, size, 0 };
	append_sign_text(&t, "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%s",
	        key->access, scope, names, hash);
	return t.error;
}
