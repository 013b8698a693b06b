/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/cfn.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "heat/api/sign.h"

int cfn_split(const char *url, char *host, size_t host_size, char *path, size_t path_size)
{
	CURLU *u = curl_url();
	char *h = NULL, *p = NULL, *port = NULL;
	int r = -EINVAL, n = 0, m = 0;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_HOST, &h, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_PATH, &p, CURLU_URLDECODE) == CURLUE_OK) {
		(void)curl_url_get(u, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
		n = snprintf(host, host_size, port ? "%s:%s" : "%s", h, port);
		m = snprintf(path, path_size, "%s", p);
		r = n < (int)host_size && m < (int)path_size ? 0 : -EMSGSIZE;
	}
	curl_free(h);
	curl_free(p);
	curl_free(port);
	curl_url_cleanup(u);
	return r;
}

static int build_v4_headers(struct cfn_request *ret, const struct sign_key *key, const char *host,
        const char *path, const char *query, const struct tm *utc)
{
	char date[SIGN_DATE], auth[CFN_HEADER - sizeof("Authorization: ")];
	const struct sign_v4 rq = { .verb = "GET",
		.host = host,
		.path = path,
		.query = query,
		.date = date,
		.region = "heat",
		.service = "cloudformation",
		.body = "" };
	int r;

	(void)strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", utc);
	r = sign_v4(auth, sizeof(auth), key, &rq);
	if (r < 0)
		return r;
	(void)snprintf(ret->authorization, sizeof(ret->authorization), "Authorization: %s", auth);
	(void)snprintf(ret->date, sizeof(ret->date), "X-Amz-Date: %s", date);
	ret->headers[0] = ret->authorization;
	ret->headers[1] = ret->date;
	return 0;
}

int cfn_build(struct cfn_request *ret, const struct source *src, enum sign sign, bool timestamp,
        time_t now)
{
	const struct sign_key key = { src->access_key, src->secret_key };
	char host[512], path[512], query[2048], stamp[32], sig[64], sig_query[256];
	struct sign_param sp[] = { { "Signature", sig } };
	struct tm utc;
	size_t n = 5;
	int r = cfn_split(src->url, host, sizeof(host), path, sizeof(path)), len;

	memset(ret, 0, sizeof(*ret));
	if (r < 0)
		return r;
	gmtime_r(&now, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	struct sign_param p[] = {
		{ "Action", "DescribeStackResource" },
		{ "ContentType", "JSON" },
		{ "LogicalResourceId", src->resource },
		{ "StackName", src->stack },
		{ "Version", "2010-05-15" },
		{ "AWSAccessKeyId", src->access_key },
		{ "SignatureMethod", "HmacSHA256" },
		{ "SignatureVersion", "2" },
		{ "Timestamp", stamp },
	};
	if (sign == SIGN_V2)
		n = timestamp ? 9 : 8;
	r = sign_query(query, sizeof(query), p, n);
	if (r == 0 && sign == SIGN_V4)
		r = build_v4_headers(ret, &key, host, path, query, &utc);
	sig_query[0] = '\0';
	if (r == 0 && sign == SIGN_V2) {
		r = sign_v2(sig, sizeof(sig), &key, "GET", host, path, query);
		sig_query[0] = '&';
		if (r == 0)
			r = sign_query(sig_query + 1, sizeof(sig_query) - 1, sp, 1);
	}
	if (r < 0)
		return r;
	len = snprintf(ret->url, sizeof(ret->url), "%s?%s%s", src->url, query, sig_query);
	return len < (int)sizeof(ret->url) ? 0 : -EMSGSIZE;
}

bool cfn_shallow(const char *text, size_t len)
{
	bool string = false;
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (string && c == '\\')
			i++;
		else if (c == '"')
			string = !string;
		else if (!string && (c == '{' || c == '['))
			depth++;
		else if (!string && (c == '}' || c == ']'))
			depth--;
		if (depth > CFN_DEPTH)
			return false;
	}
	return true;
}

__attribute__((format(printf, 3, 4))) static enum cfn_verdict explain_verdict(
        char why[static CFN_WHY], enum cfn_verdict v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, CFN_WHY, fmt, ap);
	va_end(ap);
	return v;
}

/* Returns the verdict for Heat's error text, which comes in an XML error or as a bare JSON string. */
static enum cfn_verdict classify_error_text(const char *said, char why[static CFN_WHY])
{
	if (strstr(said, "not allowed for user"))
		return explain_verdict(why, CFN_POLICY,
		        "Heat's policy refuses the action (the default of 2024.1 and later): the "
		        "operator must put \"cloudformation:DescribeStackResource\": "
		        "\"rule:allow_everybody\" into Heat's policy.yaml");
	if (strstr(said, "The Stack (") && strstr(said, "could not be found"))
		return explain_verdict(why, CFN_NO_STACK, "Heat has no such stack: %.160s", said);
	if (strstr(said, "The Resource (") && strstr(said, "could not be found"))
		return explain_verdict(
		        why, CFN_NO_RESOURCE, "the stack has no such resource: %.160s", said);
	if (strstr(said, "You are not authorized to use this action"))
		return explain_verdict(why, CFN_FORBIDDEN,
		        "these credentials may not read this resource, or the stack has no such "
		        "resource: \"%.120s\"",
		        said);
	if (strstr(said, "internal error") || strstr(said, "InternalFailure") ||
	        strstr(said, "MessagingTimeout"))
		return explain_verdict(why, CFN_ENGINE,
		        "heat-engine does not answer behind the API: \"%.160s\"", said);
	return explain_verdict(why, CFN_GARBLED, "Heat answers \"%.200s\"", said);
}

/* Copies the text of <Message> in an XML error; the beginning of the body if there is no such element. */
static void copy_error_message(char *ret, size_t size, const char *body)
{
	const char *s = strstr(body, "<Message>");
	const char *end = s ? strstr(s, "</Message>") : NULL;

	if (end)
		(void)snprintf(ret, size, "%.*s",
		        (int)(end - s) - 9 < (int)size ? (int)(end - s) - 9 : (int)size, s + 9);
	else
		(void)snprintf(ret, size, "%.200s", body);
}

static enum cfn_verdict classify_error_status(
        long status, const char *body, char why[static CFN_WHY])
{
	char said[240];
	enum cfn_verdict v;

	copy_error_message(said, sizeof(said), body);
	if (status == 429 || status == 503)
		return explain_verdict(why, CFN_BUSY, "Heat is too busy (HTTP %ld)", status);
	if (status == 403 && !strstr(said, "not allowed for user") &&
	        !strstr(said, "not authorized to use this action"))
		return explain_verdict(why, CFN_DENIED,
		        "Heat refuses the signature (403): wrong or deleted credentials, a clock "
		        "that is wrong, a deleted stack, or a Keystone that refuses Heat itself");
	if (status == 401)
		return explain_verdict(why, CFN_DENIED,
		        "a gateway in front of Heat rejects the request (401); Heat itself never "
		        "answers 401");
	if (status == 404 || status == 300 || status == 405)
		return explain_verdict(why, CFN_WRONG_URL,
		        "no CFN API at this URL (HTTP %ld): it must end in /v1/", status);
	if (status >= 300 && status < 400)
		return explain_verdict(why, CFN_WRONG_URL,
		        "the server redirects elsewhere (HTTP %ld); a signed request does not "
		        "follow "
		        "redirects",
		        status);
	if (status >= 500 && *said == '\0')
		return explain_verdict(why, CFN_ENGINE,
		        "the API fails without a message (HTTP %ld): Keystone or heat-engine may "
		        "be "
		        "down",
		        status);
	v = classify_error_text(said, why);
	if (v != CFN_GARBLED)
		return v;
	if (status >= 500)
		return explain_verdict(
		        why, CFN_ENGINE, "the API fails (HTTP %ld): \"%.160s\"", status, said);
	return explain_verdict(why, CFN_GARBLED, "Heat answers HTTP %ld: \"%.200s\"", status, said);
}

/*
 * Returns a new reference to the metadata: an object, or the text of an object.  Missing and empty metadata are an
 * empty object.  NULL: neither.
 */
static json_t *parse_detail_metadata(const json_t *detail)
{
	json_t *m = json_object_get(detail, "Metadata");
	json_t *parsed;

	if (!m || json_is_null(m))
		return json_object();
	if (json_is_object(m))
		return json_incref(m);
	if (!json_is_string(m) || !cfn_shallow(json_string_value(m), json_string_length(m)))
		return NULL;
	if (json_string_length(m) == 0)
		return json_object();
	parsed = json_loadb(json_string_value(m), json_string_length(m), 0, NULL);
	if (!json_is_object(parsed)) {
		json_decref(parsed);
		return NULL;
	}
	return parsed;
}

enum cfn_verdict cfn_parse(struct cfn_resource *ret, long status, const char *body, size_t len,
        char why[static CFN_WHY])
{
	json_auto_t *root = NULL;
	const json_t *detail;
	json_error_t e;

	*why = '\0';
	if (status != 200)
		return classify_error_status(status, body, why);
	if (!cfn_shallow(body, len))
		return explain_verdict(
		        why, CFN_GARBLED, "the answer is nested deeper than %d levels", CFN_DEPTH);
	root = json_loadb(body, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
	if (!root)
		return explain_verdict(why, CFN_GARBLED, "the answer is not JSON: line %d: %.120s",
		        e.line, e.text);
	if (json_is_string(root))
		return classify_error_text(json_string_value(root), why);
	detail = json_object_get(
	        json_object_get(json_object_get(root, "DescribeStackResourceResponse"),
	                "DescribeStackResourceResult"),
	        "StackResourceDetail");
	if (!json_is_object(detail))
		return explain_verdict(why, CFN_WRONG_URL, "the answer is JSON, but not Heat's");
	memset(ret, 0, sizeof(*ret));
	ret->metadata = parse_detail_metadata(detail);
	if (!ret->metadata)
		return explain_verdict(
		        why, CFN_GARBLED, "the resource's metadata is not an object");
	STR_COPY(ret->physical_id, json_text_at(detail, "PhysicalResourceId"));
	STR_COPY(ret->last_updated, json_text_at(detail, "LastUpdatedTimestamp"));
	STR_COPY(ret->type, json_text_at(detail, "ResourceType"));
	STR_COPY(ret->stack_arn, json_text_at(detail, "StackId"));
	return CFN_OK;
}

void cfn_resource_clear(struct cfn_resource *r)
{
	json_decref(r->metadata);
	r->metadata = NULL;
}
