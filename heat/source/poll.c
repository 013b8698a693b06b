/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/system.h"
#include "heat/source/poll_internal.h"

enum { STANDBY_AFTER = 3 /* failures in a row */ };

static void on_poll_due(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	poll_source_start(container_of(t, struct poll_source, timer));
}

void polls_open(struct polls *p, struct loop *l, struct http *h, struct keystone *k)
{
	p->loop = l;
	p->http = h;
	p->keystone = k;
}

/* Cancels the current request and discards its state. */
static void stop_poll_source(struct polls *p, struct poll_source *s)
{
	if (s->transport && s->transport->stop)
		s->transport->stop(s);
	http_cancel(&s->rq);
	keystone_cancel(&s->login);
	loop_timer_stop(p->loop, &s->timer);
	s->busy = false;
	s->retried = false;
	s->more = false;
	s->pace = (struct poll_schedule){ 0 };
	for (int i = 0; i < HTTP_HEADERS; i++) {
		free(s->since[i]);
		s->since[i] = NULL;
	}
	json_decref(s->claimed);
	s->claimed = NULL;
}

void poll_source_clear(struct poll_source *s)
{
	stop_poll_source(s->owner, s);
	json_decref(s->doc);
	json_decref(s->files);
	explicit_bzero(s, sizeof(*s));
	s->timer.io.fd = -1;
}

static bool is_same_source(const struct source *a, const struct source *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->resource, b->resource) == 0 && strcmp(a->url, b->url) == 0 &&
	       strcmp(a->stack, b->stack) == 0 && strcmp(a->access_key, b->access_key) == 0 &&
	       strcmp(a->secret_key, b->secret_key) == 0 && strcmp(a->queue, b->queue) == 0 &&
	       strcmp(a->user.auth_url, b->user.auth_url) == 0 &&
	       strcmp(a->user.user_id, b->user.user_id) == 0 &&
	       strcmp(a->user.password, b->user.password) == 0 &&
	       strcmp(a->user.project_id, b->user.project_id) == 0 &&
	       strcmp(a->user.app_id, b->user.app_id) == 0 &&
	       strcmp(a->user.app_secret, b->user.app_secret) == 0;
}

static bool is_wanted(const struct conf *cf, const struct poll_source *s)
{
	for (unsigned i = 0; i < cf->source_count; i++)
		if (is_same_source(&cf->source[i], &s->src))
			return true;
	return false;
}

struct poll_source *polls_find(struct polls *p, const struct source *src)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (*s->src.resource && !s->removed && is_same_source(&s->src, src))
			return s;
	return NULL;
}

static struct poll_source *find_free_slot(struct polls *p)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (!*s->src.resource)
			return s;
	return p->count < POLL_MAX ? &p->source[p->count++] : NULL;
}

static const struct source_ops *find_transport(enum source_kind k)
{
	static const struct source_ops *const transports[] = { [SOURCE_CFN] = &source_cfn,
		[SOURCE_HEAT] = &source_heat,
		[SOURCE_REQUEST] = &source_request,
		[SOURCE_ZAQAR] = &source_zaqar,
		[SOURCE_LOCAL] = &source_file,
		[SOURCE_HEAT_LOCAL] = &source_file,
		[SOURCE_EC2] = &source_ec2 };

	return transports[k];
}

/* Returns the first wait: none for local sources, a random one for remote sources. */
static double first_wait_s(struct poll_source *s, const struct conf *cf, bool fresh)
{
	json_auto_t *doc = NULL;

	if (s->src.kind == SOURCE_LOCAL || s->src.kind == SOURCE_HEAT_LOCAL)
		return 0;
	if (fresh && s->owner->recall)
		doc = s->owner->recall(s->owner, s->src.resource);
	return poll_schedule_first_s(&s->pace, cf, doc || !fresh, random_unit());
}

void polls_conf(struct polls *p, const struct conf *cf, bool now)
{
	const bool interval_changed = p->conf && p->conf->interval_s != cf->interval_s;

	for (struct poll_source *s = p->source; s < p->source + p->count; s++) {
		if (!*s->src.resource || is_wanted(cf, s))
			continue;
		if (s->delivering) /* the new settings came with its answer, so it is still in use */
			s->removed = true;
		else
			poll_source_clear(s);
	}
	p->conf = cf;
	p->keystone->timeout_s = (long)cf->timeout_s;
	conf_http_options(p->http, cf);
	for (unsigned i = 0; i < cf->source_count; i++) {
		struct poll_source *s = polls_find(p, &cf->source[i]);

		if (!s)
			s = find_free_slot(p);
		if (!s)
			/*
			 * cannot happen: there is a slot for each source, and one for a removed
			 * source
			 */
			continue;
		s->owner = p;
		s->timer.fired = on_poll_due;
		s->src = cf->source[i];
		s->transport = find_transport(s->src.kind);
	}
	for (struct poll_source *s = p->source; s < p->source + p->count; s++) {
		const bool fresh = s->next_ms == 0;

		if (*s->src.resource && !s->removed && (fresh || (interval_changed && !s->busy)))
			poll_source_later(s, first_wait_s(s, cf, fresh));
	}
	if (now)
		polls_now(p);
}

bool polls_is_authoritative(const struct polls *p, const struct poll_source *s)
{
	if (!s->src.standby)
		return true;
	for (const struct poll_source *o = p->source; o < p->source + p->count; o++)
		if (!o->src.standby && o->src.kind <= SOURCE_ZAQAR && o->failures < STANDBY_AFTER &&
		        strcmp(o->src.resource, s->src.resource) == 0)
			return false;
	return true;
}

void polls_now(struct polls *p)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++) {
		if (!*s->src.resource || s->busy)
			continue;
		loop_timer_stop(p->loop, &s->timer);
		poll_source_start(s);
	}
}

bool polls_busy(const struct polls *p)
{
	for (const struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (s->busy)
			return true;
	return false;
}

bool polls_failed(const struct polls *p)
{
	for (const struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (*s->src.resource && s->failures)
			return true;
	return false;
}

bool polls_unconfigured(const struct polls *p)
{
	for (const struct poll_source *s = p->source; s < p->source + p->count; s++) {
		const struct source *src = &s->src;

		if (!*src->resource || src->kind == SOURCE_HEAT_LOCAL || src->kind == SOURCE_EC2)
			continue;
		if (src->kind != SOURCE_CFN || (*src->url && *src->access_key && *src->stack))
			return false;
	}
	return true;
}

/* Returns the URL for display, without the signed or secret parts of its query. */
static json_t *build_source_status(const struct poll_source *s)
{
	const struct source *src = &s->src;

	if (src->kind == SOURCE_HEAT || src->kind == SOURCE_ZAQAR)
		return json_string(src->user.auth_url);
	return json_stringn(src->url, strcspn(src->url, "?"));
}

json_t *polls_status(const struct polls *p)
{
	uint64_t now_ms = loop_now();
	json_t *list = json_array();

	for (unsigned i = 0; i < p->conf->source_count; i++) {
		const struct poll_source *s =
		        polls_find((struct polls *)(uintptr_t)p, &p->conf->source[i]);

		if (!s)
			continue;
		(void)json_array_append_new(list,
		        json_pack("{ss ss so ss so sI sI so so sb}", "name", s->src.name,
		                "resource", s->src.resource, "url", build_source_status(s), "state",
		                *s->state ? s->state : "starting", "last_error",
		                *s->why ? json_string(s->why) : json_null(), "failures",
		                (json_int_t)s->failures, "requests", (json_int_t)s->requests,
		                "last_ok_s",
		                s->ok_ms ? json_integer((json_int_t)((now_ms - s->ok_ms) / 1000))
		                         : json_null(),
		                "next_poll_s",
		                s->next_ms > now_ms
		                        ? json_integer((json_int_t)((s->next_ms - now_ms) / 1000))
		                        : json_integer(0),
		                "busy", s->busy));
	}
	return list;
}

void polls_close(struct polls *p)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (s->owner)
			poll_source_clear(s);
	p->count = 0;
}
