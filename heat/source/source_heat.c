/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_heat.c - POLL_SERVER_HEAT: the resource's metadata from Heat's native API, with a Keystone
 * token.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "heat/api/heat_api.h"
#include "heat/source/poll_internal.h"

static void request_heat_metadata(struct poll_source *s);

static void on_heat_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	struct heat_api_fault f;
	json_t *root, *doc;

	if (rq->error < 0) {
		source_no_answer(s);
		return;
	}
	(void)source_is_skewed(s->owner, rq->date);
	if (rq->status == 401) {
		keystone_forget(s->owner->keystone, &s->src.user);
		if (!s->retried) {
			s->retried = true;
			request_heat_metadata(s);
			return;
		}
	}
	if (rq->status != 200) {
		heat_api_explain(&f, rq->status, answer);
		if (strcmp(f.state, "no-resource") == 0)
			source_removed(s);
		source_failed(s, f.state, f.why, rq->retry_after_s);
		return;
	}
	root = source_parse_object(s, answer, len, "the answer");
	if (!root)
		return;
	doc = json_object_get(root, "metadata");
	if (doc && (json_is_object(doc) || json_is_null(doc)))
		source_succeeded(s, json_is_object(doc) ? json_incref(doc) : json_object(), NULL,
		        s->src.resource);
	else
		source_failed(s, "wrong-url", "the answer is JSON, but not Heat's", 0);
	json_decref(root);
}

static void on_heat_login(struct keystone_wait *w, const struct keystone_fault *fault)
{
	struct poll_source *s = container_of(w, struct poll_source, login);

	if (fault)
		source_failed(s, fault->state, fault->why, fault->retry_after_s);
	else
		request_heat_metadata(s);
}

static void request_heat_metadata(struct poll_source *s)
{
	const struct keystone_session *k = keystone_session(s->owner->keystone, &s->src.user);
	int r;

	if (!k) {
		s->login.done = on_heat_login;
		s->requests++;
		r = keystone_login(s->owner->keystone, &s->src.user, &s->login);
		if (r < 0)
			source_failed(s, "not-configured",
			        r == -EINVAL ? "auth_url is not an http:// or https:// URL"
			                     : "out of memory",
			        0);
		return;
	}
	if (!*k->heat) {
		source_failed(s, "not-configured",
		        "Keystone's catalogue has no public endpoint of type orchestration (in "
		        "this "
		        "region)",
		        0);
		return;
	}
	if (heat_api_url(s->url, sizeof(s->url), k->heat, s->src.stack, s->src.resource,
	            "/metadata") < 0) {
		source_failed(s, "not-configured", "the names in the request are too long", 0);
		return;
	}
	s->headers[0] = k->auth;
	s->headers[1] = "Accept: application/json";
	s->headers[2] = NULL;
	s->rq.method = "GET";
	s->rq.url = s->url;
	s->rq.headers = s->headers;
	s->rq.done = on_heat_answer;
	source_send(s);
}

const struct source_ops source_heat = { .ask = request_heat_metadata };
