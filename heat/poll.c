/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/poll.h"

#include <stdio.h>
#include <string.h>

#include "agent/log.h"
#include "agent/path.h"
#include "heat/poll_source.h"

static void due(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	poll_source_ask(container_of(t, struct poll_source, timer));
}

void polls_open(struct polls *p, struct loop *l, struct http *h)
{
	*p = (struct polls){ .loop = l, .http = h };
	for (struct poll_source *s = p->source; s < p->source + POLL_MAX; s++)
		s->timer.io.fd = -1;
}

static void stop(struct polls *p, struct poll_source *s)
{
	http_cancel(&s->rq);
	loop_timer_stop(p->loop, &s->timer);
	s->busy = false;
}

static struct poll_source *find(struct polls *p, const char *resource)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++)
		if (strcmp(s->resource, resource) == 0)
			return s;
	return NULL;
}

/* Names each resource once: our own first, then the hooks' in their order. */
static unsigned wanted(const struct conf *cf, const char *ret[static POLL_MAX])
{
	unsigned n = 0;

	if (*cf->resource)
		ret[n++] = cf->resource;
	else if (*cf->metadata_file && cf->hook_count == 0)
		ret[n++] = "local";
	for (unsigned i = 0; i < cf->hook_count; i++) {
		const char *name = cf->hook[i].resource;
		unsigned j = 0;

		while (j < n && strcmp(ret[j], name) != 0)
			j++;
		if (!*name || j < n)
			continue;
		if (n == POLL_MAX) {
			log_err("%s: resource %s is one too many (%d at most) and is not polled",
			        cf->hook[i].where, name, POLL_MAX);
			continue;
		}
		ret[n++] = name;
	}
	return n;
}

static bool same_transport(const struct conf *a, const struct conf *b)
{
	return a && strcmp(a->url, b->url) == 0 && strcmp(a->stack, b->stack) == 0 &&
	       strcmp(a->access_key, b->access_key) == 0 &&
	       strcmp(a->secret_key, b->secret_key) == 0 &&
	       strcmp(a->metadata_file, b->metadata_file) == 0 && a->interval_s == b->interval_s;
}

/*
 * A source that goes on keeps its state; one whose way to Heat has changed asks anew.  The first
 * question comes within a tenth of the interval, so that guests that boot together spread.
 */
void polls_conf(struct polls *p, const struct conf *cf, bool now)
{
	const char *names[POLL_MAX];
	unsigned n = wanted(cf, names);
	bool same = same_transport(p->conf, cf);

	for (struct poll_source *s = p->source; s < p->source + p->count; s++) {
		bool keep = false;

		for (unsigned i = 0; i < n; i++)
			keep |= strcmp(names[i], s->resource) == 0;
		/* Busy with no request under way: it is its answer that brought the settings. */
		if (keep && (same || (s->busy && !s->rq.easy)))
			continue;
		stop(p, s);
		if (!keep)
			s->resource[0] = '\0';
		s->state[0] = '\0';
		s->failures = 0;
		s->next_ms = 0;
	}
	p->conf = cf;
	if (!*cf->ca_file || path_full(p->ca_file, cf->ca_file) < 0)
		p->ca_file[0] = '\0';
	p->http->options = (struct http_options){
		.ca_file = p->ca_file, .proxy = cf->proxy, .insecure = cf->insecure
	};
	for (unsigned i = 0; i < n; i++) {
		struct poll_source *s = find(p, names[i]);

		if (!s)
			s = find(p, ""); /* a slot that has become free */
		if (!s && p->count < POLL_MAX)
			s = &p->source[p->count++];
		if (!s)
			continue; /* cannot be: there are as many slots as names */
		s->owner = p;
		s->timer.fired = due;
		(void)snprintf(s->resource, sizeof(s->resource), "%s", names[i]);
		if (!s->busy && (s->next_ms == 0 || !same))
			poll_source_later(s, cf->interval_s * 0.1 * poll_chance());
	}
	if (now)
		polls_now(p);
}

void polls_now(struct polls *p)
{
	for (struct poll_source *s = p->source; s < p->source + p->count; s++) {
		if (!*s->resource || s->busy)
			continue;
		loop_timer_stop(p->loop, &s->timer);
		poll_source_ask(s);
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
		if (*s->resource && s->failures)
			return true;
	return false;
}

bool polls_lacking(const struct polls *p)
{
	const struct conf *cf = p->conf;
	bool any = false;

	for (const struct poll_source *s = p->source; s < p->source + p->count; s++)
		any |= *s->resource != '\0';
	return !any || (!*cf->metadata_file && (!*cf->url || !*cf->access_key || !*cf->stack));
}

json_t *polls_status(const struct polls *p)
{
	uint64_t now_ms = loop_now();
	json_t *list = json_array();

	for (const struct poll_source *s = p->source; s < p->source + p->count; s++) {
		const bool file = *p->conf->metadata_file;

		if (!*s->resource)
			continue;
		(void)json_array_append_new(list,
		        json_pack("{ss ss ss ss so sI so so sb}", "name", file ? "local" : "cfn",
		                "resource", s->resource, "url",
		                file ? p->conf->metadata_file : p->conf->url, "state",
		                *s->state ? s->state : "starting", "last_error",
		                *s->why ? json_string(s->why) : json_null(), "failures",
		                (json_int_t)s->failures, "last_ok_s",
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
		stop(p, s);
	p->count = 0;
}
