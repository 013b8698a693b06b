/* SPDX-License-Identifier: Apache-2.0 */
/* cfn_signal_entry.c - builds the delivery, its body and its route, from the arguments of cfn-signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "heat/api/heat_api.h"
#include "heat/cli/cfn_signal.h"
#include "heat/instance/mime.h"
#include "heat/signal/signals.h"

enum { NAME = 2 * CONF_STR };

static bool is_http_url(const char *s)
{
	return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

/* The exit code counts when it is given; only "0" is success.  Without it only "true" is. */
static bool is_success(const struct cfn_signal *s)
{
	if (s->exit_code && *s->exit_code)
		return strcmp(s->exit_code, "0") == 0;
	return !s->success || strcmp(s->success, "true") == 0;
}

static json_t *build_signal_body(const struct cfn_signal *s, const char *id, bool native)
{
	const bool ok = is_success(s);
	const bool code = !ok && s->exit_code && *s->exit_code;
	const char *data = s->data ? s->data : "Application has completed configuration.";
	char failed[128];

	(void)snprintf(failed, sizeof(failed),
	        code ? "Configuration failed (exit status %.60s)" : "Configuration failed",
	        code ? s->exit_code : "");
	return json_pack("{ss ss ss ss}", native ? "status" : "Status", ok ? "SUCCESS" : "FAILURE",
	        native ? "reason" : "Reason",
	        s->reason ? s->reason
	        : ok      ? "Configuration Complete"
	                  : failed,
	        native ? "id" : "UniqueId", s->id && *s->id ? s->id : id, native ? "data" : "Data",
	        data);
}

/* Stores the body in the entry under `key`, as JSON text. */
static bool set_signal_body(
        json_t *entry, const char *key, const struct cfn_signal *s, const char *id, bool native)
{
	json_auto_t *body = build_signal_body(s, id, native);
	auto_free char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	return text && json_object_set_new(entry, key, json_string(text)) == 0;
}

/* Returns the route to a resource of this guest's stack, or of the stack in a URL of Heat's native API. */
static json_t *build_stack_route(const char *stack, const char *resource)
{
	return json_pack("{ss ss ss ss*}", "way", "own", "resource", resource, "method", "PUT",
	        "stack", stack && strchr(stack, '/') ? stack : NULL);
}

/* Chooses the HTTP method and the first body format from the kind of URL. */
static json_t *build_url_route(
        const struct cfn_signal *s, const char *url, enum signal_format *ret_format)
{
	char stack[NAME], resource[NAME];
	bool post = strstr(url, "/v1/signal/") != NULL;

	*ret_format = strstr(url, "temp_url_sig=") ? FORMAT_NATIVE : FORMAT_AWS;
	if (heat_api_from_url(url, stack, sizeof(stack), resource, sizeof(resource)) == 0) {
		*ret_format = FORMAT_NATIVE;
		if (!s->token)
			return build_stack_route(stack, resource);
		post = true;
	}
	return json_pack("{ss ss ss ss* sb}", "way", "url", "url", url, "method",
	        post ? "POST" : "PUT", "token", s->token, "insecure", s->options.insecure);
}

/* Returns the URL, decoded if it is in base64 as for AWS; the caller frees it.  NULL: not a URL. */
static char *decode_signal_url(const char *to)
{
	const struct mime_part p = { .encoding = MIME_BASE64, .body = to, .body_len = strlen(to) };
	size_t len;
	char *text;

	if (is_http_url(to))
		return strdup(to);
	text = mime_decode(&p, &len);
	if (text && is_http_url(text) && strlen(text) == len)
		return text;
	free(text);
	return NULL;
}

static json_t *build_signal_route(
        const struct cfn_signal *s, enum signal_format *ret_format, char reterr[static CONF_ERR])
{
	json_auto_t *attribute = NULL;
	auto_free char *url = NULL;
	json_t *o;

	*ret_format = FORMAT_NATIVE;
	if (!s->to && s->options.resource)
		return build_stack_route(s->options.stack, s->options.resource);
	if (!s->to) {
		(void)snprintf(reterr, CONF_ERR, "no receiver");
		return NULL;
	}
	if (s->to[0] == '{') {
		attribute = json_loads(s->to, 0, NULL);
		o = signal_route(attribute);
		if (!o)
			(void)snprintf(reterr, CONF_ERR, "the signal attribute names no transport");
		return o;
	}
	url = decode_signal_url(s->to);
	if (!url) {
		(void)snprintf(reterr, CONF_ERR, "the receiver is not an http:// or https:// URL");
		return NULL;
	}
	return build_url_route(s, url, ret_format);
}

json_t *cfn_signal_entry(const struct cfn_signal *s, const char *id, char reterr[static CONF_ERR])
{
	enum signal_format first;
	json_t *o = build_signal_route(s, &first, reterr);
	bool other = true, ok;

	if (!o)
		return NULL;
	if (s->format != FORMAT_BY_URL) {
		first = s->format;
		other = false;
	}
	ok = set_signal_body(o, "text", s, id, first == FORMAT_NATIVE);
	if (ok && other)
		ok = set_signal_body(o, "other_text", s, id, first != FORMAT_NATIVE);
	if (ok && json_object_update_new(o, json_pack("{ss ss}", "target", "cfn-signal", "order",
	                                            s->to ? s->to : s->options.resource)) == 0)
		return o;
	json_decref(o);
	(void)snprintf(reterr, CONF_ERR, "the signal's text is not UTF-8");
	return NULL;
}
