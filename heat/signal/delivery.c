/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signal/delivery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/redact.h"
#include "agent/base/text.h"
#include "heat/api/heat_api.h"
#include "heat/api/keystone.h"
#include "heat/signal/delivery_internal.h"

/* Number and interval of checks whether a wait condition's metadata contains the signal. */
enum { CHECKS_MAX = 5, CHECK_MS = 1000, ZAQAR_TTL_S = 3600 };

static const char content_json[] = "Content-Type: application/json";

static void start_delivery_attempt(struct delivery *d);

static void wipe_secret(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

static void finish_delivery(struct delivery *d, struct delivery_result *res)
{
	redact(res->why);
	loop_timer_stop(d->cx->http->loop, &d->timer);
	wipe_secret(&d->text);
	wipe_secret(&d->auth);
	explicit_bzero(&d->user, sizeof(d->user));
	d->spec = NULL;
	d->done(d, res);
}

__attribute__((format(printf, 3, 4))) static void refuse_delivery(
        struct delivery *d, bool permanent, const char *fmt, ...)
{
	struct delivery_result res = { .permanent = permanent,
		.status = d->rq.status,
		.retry_after_s = d->rq.retry_after_s,
		.error = d->rq.error };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(res.why, sizeof(res.why), fmt, ap);
	va_end(ap);
	finish_delivery(d, &res);
}

/*
 * Retries with the other body format: wait conditions of Heat and of AWS use different keys for the
 * same content.
 */
static bool switch_body_format(struct delivery *d, const char *answer)
{
	char *text = *delivery_text_at(d, "other_text") ? strdup(delivery_text_at(d, "other_text"))
	                                                : NULL;

	if (!text || d->used_fallback || !strstr(answer, delivery_other_words)) {
		wipe_secret(&text);
		return false;
	}
	wipe_secret(&d->text);
	d->text = text;
	d->used_fallback = true;
	start_delivery_attempt(d);
	return true;
}

static void check_arrival(struct delivery *d);

/*
 * The engine processes a signal after the API has answered; the signal is then in the handle's
 * metadata.
 */
static void on_arrival_checked(struct http_request *rq, const char *answer, size_t len)
{
	struct delivery *d = container_of(rq, struct delivery, rq);
	json_auto_t *root = cfn_shallow(answer, len) ? json_loadb(answer, len, 0, NULL) : NULL;
	struct delivery_result res = {
		.taken = true, .status = 200, .url_renewed = d->url_renewed
	};

	/* Without permission to read the resource, the API's answer is the only evidence. */
	res.confirmed =
	        rq->error == 0 && rq->status == 200 &&
	        json_object_get(json_object_get(root, "metadata"), delivery_text_at(d, "confirm"));
	if (res.confirmed || rq->error < 0 || rq->status != 200) {
		finish_delivery(d, &res);
		return;
	}
	if (d->checks < CHECKS_MAX &&
	        loop_timer_start(d->cx->http->loop, &d->timer, CHECK_MS, 0) == 0)
		return;
	refuse_delivery(
	        d, false, "the API has answered 200, but the resource's metadata lacks the signal");
}

static void check_arrival_again(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	check_arrival(container_of(t, struct delivery, timer));
}

/*
 * Users of a stack's domain may signal a handle, but not read it. The check therefore needs an
 * application credential of the stack's owner; without one the signal counts as delivered.
 */
static void check_arrival(struct delivery *d)
{
	const struct source *own = delivery_own_credentials(d->cx->conf, true);
	const struct keystone_session *k =
	        own && *own->user.app_id ? keystone_session(d->cx->keystone, &own->user) : NULL;
	struct delivery_result res = {
		.taken = true, .status = 200, .url_renewed = d->url_renewed
	};

	d->checks++;
	if (!k || heat_api_url(d->url, sizeof(d->url), k->heat, d->stack, d->resource,
	                  "/metadata") < 0) {
		finish_delivery(d, &res);
		return;
	}
	d->headers[0] = k->auth;
	d->headers[1] = NULL;
	d->rq.method = "GET";
	d->rq.url = d->url;
	d->rq.headers = d->headers;
	d->rq.body = NULL;
	d->rq.done = on_arrival_checked;
	if (http_start(d->cx->http, &d->rq) < 0)
		finish_delivery(d, &res);
}

static void on_signal_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct delivery *d = container_of(rq, struct delivery, rq);
	struct delivery_result res = { .taken = true, .url_renewed = d->url_renewed };
	char why[DELIVERY_WHY];
	bool permanent;

	(void)len;
	if (rq->error < 0) {
		refuse_delivery(d, false, "%.200s", rq->why);
		return;
	}
	if (rq->status == 401 && !is_delivery_method(d, "url")) {
		keystone_forget(d->cx->keystone, &d->user);
		if (!d->token_renewed) {
			d->token_renewed = true;
			start_delivery_attempt(d);
			return;
		}
	}
	if (rq->status >= 200 && rq->status < 300 && !delivery_is_html(rq->status, answer)) {
		res.status = rq->status;
		if (is_delivery_method(d, "heat") && *delivery_text_at(d, "confirm"))
			check_arrival(d);
		else
			finish_delivery(d, &res);
		return;
	}
	if (is_delivery_method(d, "url") && rq->status == 403 && delivery_find_fallback(d)) {
		start_delivery_attempt(d);
		return;
	}
	if (is_delivery_method(d, "url") && switch_body_format(d, answer))
		return;
	permanent = delivery_explain(
	        why, &(struct delivery_refusal){ .status = rq->status,
	                     .answer = answer,
	                     .url = is_delivery_method(d, "url"),
	                     .token = d->auth != NULL,
	                     .url_renewed = d->url_renewed,
	                     .stamped = strstr(delivery_text_at(d, "url"), "Timestamp=") != NULL });
	refuse_delivery(
	        d, permanent && !json_is_true(json_object_get(d->spec, "patient")), "%s", why);
}

static void send_to(struct delivery *d, const char *method)
{
	d->rq.method = method;
	d->rq.url = d->url;
	d->rq.headers = d->headers;
	d->rq.body = d->text;
	d->rq.timeout_s = (long)d->cx->conf->timeout_s;
	d->rq.insecure =
	        is_delivery_method(d, "url") && json_is_true(json_object_get(d->spec, "insecure"));
	d->rq.done = on_signal_answer;
	if (http_start(d->cx->http, &d->rq) < 0)
		refuse_delivery(d, false, "out of memory");
}

static void on_delivery_login(struct keystone_wait *w, const struct keystone_fault *fault)
{
	struct delivery *d = container_of(w, struct delivery, login);

	if (!fault) {
		start_delivery_attempt(d);
		return;
	}
	d->rq.status = 0;
	d->rq.error = fault->error;
	d->rq.retry_after_s = fault->retry_after_s;
	refuse_delivery(d, false, "%s", fault->why);
}

static void send_with_token(struct delivery *d)
{
	const struct keystone_session *k = keystone_session(d->cx->keystone, &d->user);
	int n = 0, r;

	if (!k) {
		d->login.done = on_delivery_login;
		r = keystone_login(d->cx->keystone, &d->user, &d->login);
		if (r < 0)
			refuse_delivery(d, r == -EINVAL,
			        r == -EINVAL ? "auth_url is not a valid URL"
			                     : "too many logins in progress");
		return;
	}
	r = delivery_token_url(d, k);
	if (r < 0) {
		refuse_delivery(d, true,
		        r == -EPERM ? "the URL is not at the Heat of Keystone's catalogue; no "
		                      "token is sent there"
		                    : "Keystone's catalogue has no such service, or a name cannot "
		                      "be used");
		return;
	}
	d->headers[n++] = k->auth;
	d->headers[n++] = content_json;
	d->headers[n++] = "Expect:";
	if (is_delivery_method(d, "zaqar"))
		d->headers[n++] = "Client-ID: 70726568-7570-4000-8000-000000000002";
	d->headers[n] = NULL;
	send_to(d, is_delivery_method(d, "unhealthy") ? "PATCH" : "POST");
}

static void start_delivery_attempt(struct delivery *d)
{
	if (!is_delivery_method(d, "url")) {
		send_with_token(d);
		return;
	}
	d->headers[0] = content_json;
	d->headers[1] = "Expect:";
	d->headers[2] = d->auth; /* or NULL */
	d->headers[3] = NULL;
	send_to(d, *delivery_text_at(d, "method") ? delivery_text_at(d, "method") : "POST");
}

/* Returns the body of the request; a message to a queue is wrapped. */
static char *wire_text(const json_t *spec, bool zaqar)
{
	const char *text = json_string_value(json_object_get(spec, "text"));
	json_auto_t *body = NULL, *o = NULL;

	if (!zaqar)
		return strdup(text ? text : "");
	body = json_loads(text ? text : "{}", JSON_DECODE_ANY, NULL);
	o = json_pack("{s[{si sO?}]}", "messages", "ttl", ZAQAR_TTL_S, "body", body);
	return o ? json_dumps(o, JSON_COMPACT) : NULL;
}

static void on_delivery_timer(struct loop_timer *t, uint64_t missed)
{
	struct delivery *d = container_of(t, struct delivery, timer);

	(void)missed;
	d->rq.error = -ENOKEY;
	refuse_delivery(d, false,
	        "this server has no credentials for its own stack (yet): a user of "
	        "POLL_SERVER_HEAT, or keys and a stack that has answered");
}

int delivery_start(struct delivery *d, const struct delivery_context *cx, const json_t *spec)
{
	const char *way = json_string_value(json_object_get(spec, "way"));
	int r = 0;

	d->cx = cx;
	d->spec = spec;
	d->way = way ? way : "url";
	d->token_renewed = d->url_renewed = d->used_fallback = false;
	d->auth = NULL;
	d->checks = 0;
	d->rq.date = d->rq.status = d->rq.retry_after_s = 0;
	d->rq.error = 0;
	keystone_user_from(&d->user, json_object_get(spec, "user"));
	STR_COPY(d->stack, delivery_text_at(d, "stack"));
	STR_COPY(d->resource, delivery_text_at(d, "resource"));
	STR_COPY(d->url, delivery_text_at(d, "url"));
	d->text = wire_text(spec, is_delivery_method(d, "zaqar"));
	if (!d->text ||
	        (is_delivery_method(d, "url") && *delivery_text_at(d, "token") &&
	                asprintf(&d->auth, "X-Auth-Token: %s", delivery_text_at(d, "token")) < 0)) {
		wipe_secret(&d->text);
		d->auth = NULL;
		return -ENOMEM;
	}
	if (!*d->resource)
		STR_COPY(d->resource, cx->conf->own);
	if (!*d->stack)
		delivery_find_own_stack(d);
	if (is_delivery_method(d, "own") ||
	        (is_delivery_method(d, "unhealthy") && !*d->user.app_id && !*d->user.user_id))
		r = delivery_use_own_credentials(d);
	d->timer.fired = r < 0 ? on_delivery_timer : check_arrival_again;
	if (r < 0)
		return loop_timer_start(cx->http->loop, &d->timer, 0, 0);
	if (is_delivery_method(d, "own"))
		d->way = "heat";
	start_delivery_attempt(d);
	return 0;
}

void delivery_cancel(struct delivery *d)
{
	if (!d->spec)
		return;
	http_cancel(&d->rq);
	keystone_cancel(&d->login);
	loop_timer_stop(d->cx->http->loop, &d->timer);
	wipe_secret(&d->text);
	wipe_secret(&d->auth);
	d->spec = NULL;
}
