/* SPDX-License-Identifier: Apache-2.0 */
/* poll_source.c - one source: its next poll, and the effect of an answer on the schedule. */
#include "heat/source/poll_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/log.h"
#include "agent/base/system.h"
#include "agent/base/text.h"

/* NTP may be off by half a minute in either direction; Keystone rejects 15 minutes. */
static const long skew_logged_s = 60;

void poll_source_later(struct poll_source *s, double wait_s)
{
	uint64_t ms = (uint64_t)(wait_s * 1000);

	s->next_ms = loop_now() + ms;
	loop_timer_stop(s->owner->loop, &s->timer);
	if (loop_timer_start(s->owner->loop, &s->timer, ms, 0) < 0)
		log_err("%s: cannot create a timer; polled at the next reload", s->src.resource);
}

static double next_wait_s(struct poll_source *s, long retry_after_s)
{
	const struct conf *cf = s->owner->conf;

	if (s->failures == 0)
		return poll_schedule_good_s(&s->pace, cf, random_unit());
	return poll_schedule_failed_s(&s->pace, cf, s->failures, retry_after_s, random_unit());
}

static void on_poll_end(struct poll_source *s, long retry_after_s)
{
	s->busy = false;
	s->retried = false;
	if (s->removed)
		poll_source_clear(s);
	else
		poll_source_later(s, next_wait_s(s, retry_after_s));
}

void source_failed(struct poll_source *s, const char *state, const char *why, long retry_after_s)
{
	bool changed = strcmp(s->state, state) != 0;

	STR_COPY(s->state, state);
	STR_COPY(s->why, why);
	s->failures++;
	log_at(changed ? LOG_WARNING : LOG_DEBUG, "%s: %s: %s", s->src.resource, state, why);
	on_poll_end(s, retry_after_s);
}

void source_finished(struct poll_source *s)
{
	if (s->failures)
		log_notice("%s: answers again after %u failures (%s)", s->src.resource, s->failures,
		        s->state);
	(void)snprintf(s->state, sizeof(s->state), "ok");
	s->why[0] = '\0';
	s->failures = 0;
	s->ok_ms = loop_now();
	on_poll_end(s, 0);
}

int source_deliver(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id)
{
	int r;

	if (s->doc && doc && !json_equal(s->doc, doc))
		poll_schedule_changed(&s->pace, s->owner->conf);
	json_decref(s->doc);
	json_decref(s->files);
	s->doc = doc;
	s->files = files;
	STR_COPY(s->physical_id, physical_id);
	s->delivering = true;
	r = s->owner->got(s->owner, s, false);
	s->delivering = false;
	return r;
}

void source_succeeded(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id)
{
	(void)source_deliver(s, doc, files, physical_id);
	source_finished(s);
}

void source_unchanged(struct poll_source *s)
{
	s->delivering = true;
	(void)s->owner->got(s->owner, s, false);
	s->delivering = false;
	source_finished(s);
}

void source_removed(struct poll_source *s)
{
	json_decref(s->doc);
	s->doc = NULL;
	s->delivering = true;
	(void)s->owner->got(s->owner, s, true);
	s->delivering = false;
}

bool source_is_skewed(struct polls *p, time_t date)
{
	long skew = date ? (long)(date - time(NULL)) : p->skew_s, was = p->skew_s;

	if (labs(skew) <= skew_logged_s)
		skew = 0;
	if (labs(skew - was) <= skew_logged_s && (skew == 0) == (was == 0))
		return false;
	p->skew_s = skew;
	if (skew)
		log_warn("this guest's clock is %ld s %s Heat's; requests are signed with Heat's "
		         "time",
		        labs(skew), skew > 0 ? "behind" : "ahead of");
	else
		log_notice("this guest's clock agrees with Heat's again");
	return true;
}

void source_no_answer(struct poll_source *s)
{
	char why[CFN_WHY];

	switch (s->rq.error) {
	case -EFBIG:
		(void)snprintf(why, sizeof(why), "the answer is larger than %d MiB and is rejected",
		        HTTP_ANSWER_MAX >> 20);
		source_failed(s, "too-large", why, 0);
		break;
	case -EKEYREJECTED:
		(void)snprintf(why, sizeof(why), "TLS: %.200s (see ca-file)", s->rq.why);
		source_failed(s, "tls", why, 0);
		break;
	case -ETIMEDOUT:
		source_failed(s, "timeout", s->rq.why, 0);
		break;
	default:
		source_failed(s, "unreachable", s->rq.why, 0);
	}
}

void source_send(struct poll_source *s)
{
	int r;

	s->rq.timeout_s = (long)s->owner->conf->timeout_s;
	s->rq.keep = s->more || poll_schedule_keep_connection(&s->pace, s->owner->conf);
	s->requests++;
	r = http_start(s->owner->http, &s->rq);
	if (r < 0)
		source_failed(s, "no-memory", "out of memory", 0);
}

json_t *source_parse_object(struct poll_source *s, const char *text, size_t len, const char *what)
{
	char why[CFN_WHY];
	json_error_t e;
	json_t *root;

	if (!cfn_shallow(text, len)) {
		(void)snprintf(
		        why, sizeof(why), "%.200s: nested deeper than %d levels", what, CFN_DEPTH);
		source_failed(s, "garbled", why, 0);
		return NULL;
	}
	root = json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &e);
	if (json_is_object(root))
		return root;
	if (root)
		(void)snprintf(why, sizeof(why), "%.200s: the metadata is not an object", what);
	else
		(void)snprintf(why, sizeof(why), "%.200s:%d: %.120s", what, e.line, e.text);
	json_decref(root);
	source_failed(s, "garbled", why, 0);
	return NULL;
}

void poll_source_start(struct poll_source *s)
{
	if (s->busy)
		return;
	if (!polls_is_authoritative(s->owner, s)) {
		(void)snprintf(s->state, sizeof(s->state), "standby");
		poll_source_later(s, next_wait_s(s, 0));
		return;
	}
	s->busy = true;
	s->transport->ask(s);
}
