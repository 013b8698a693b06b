/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/clean.h"
#include "agent/log.h"
#include "agent/redact.h"
#include "heat/poll_source.h"

static const char folder[] = "/var/lib/prehup/signals";
static const char budgets_file[] = "/var/lib/prehup/signal-budgets.json";

/* From the first retry to the slowest; Heat's own answers take up to 60 s. */
static const double first_retry_s = 5, slowest_retry_s = 600;

/* An answer that will not change by itself is not asked for more often than this. */
enum { HOPELESS_TRIES = 5 };

static const char *const json_headers[] = { "Content-Type: application/json", "Expect:", NULL };

static void run(struct signals *s);

static const char *text_of(const struct spool_entry *e, const char *key)
{
	const char *t = json_string_value(json_object_get(e->body, key));

	return t ? t : "";
}

static bool hopeless(long status)
{
	return (status >= 400 && status < 500 && status != 403 && status != 408 && status != 429) ||
	       (status >= 300 && status < 400);
}

/* Plain words for why a signal was not taken. */
static void explain(const struct http_request *rq, const struct spool_entry *e, const char *answer,
        char ret[static SIGNAL_WHY])
{
	const bool stamped = strstr(text_of(e, "url"), "Timestamp=") != NULL;

	if (rq->error < 0)
		(void)snprintf(ret, SIGNAL_WHY, "%.200s", rq->why);
	else if (rq->status == 403 && stamped)
		(void)snprintf(ret, SIGNAL_WHY,
		        "Heat refuses the pre-signed URL (403): it is more than 15 minutes old "
		        "(Keystone's [credential] auth_ttl), or its stack is gone");
	else if (rq->status == 403)
		(void)snprintf(ret, SIGNAL_WHY, "refused (403): is the stack gone?");
	else if (strstr(answer, "Metadata format invalid"))
		(void)snprintf(ret, SIGNAL_WHY,
		        "Heat does not take this format: a native handle wants type "
		        "wait-condition-native, an AWS one wait-condition");
	else
		(void)snprintf(ret, SIGNAL_WHY, "HTTP %ld: %.160s", rq->status, answer);
	redact(ret);
}

static void give_up(struct signals *s, struct spool_entry *e, const char *why)
{
	log_err("signal %s: given up after %u tries: %s", text_of(e, "target"), e->attempts, why);
	s->given_up++;
	spool_remove(&s->spool, e);
}

static void failed(struct signals *s, struct spool_entry *e, bool no_hope, long retry_after_s)
{
	double wait_s = first_retry_s;

	e->attempts++;
	for (unsigned i = 1; i < e->attempts && wait_s < slowest_retry_s; i++)
		wait_s *= 2;
	wait_s = (wait_s < slowest_retry_s ? wait_s : slowest_retry_s) *
	         (0.75 + 0.5 * poll_chance());
	if (wait_s < (double)retry_after_s)
		wait_s = (double)(retry_after_s < 3600 ? retry_after_s : 3600);
	if (no_hope && e->attempts >= HOPELESS_TRIES) {
		give_up(s, e, s->last_error);
		return;
	}
	if (e->attempts == 1)
		log_warn("signal %s: not taken, kept and tried again: %s", text_of(e, "target"),
		        s->last_error);
	e->due_ms = loop_now() + (uint64_t)(wait_s * 1000);
	spool_save(&s->spool, e);
}

static void answered(struct http_request *rq, const char *answer, size_t len)
{
	struct signal_send *send = container_of(rq, struct signal_send, rq);
	struct spool_entry *e = send->entry;
	struct signals *s = send->owner;
	bool format = strstr(answer, "Metadata format invalid") != NULL;

	(void)len;
	send->entry = NULL;
	e->busy = false;
	if (rq->error == 0 && rq->status >= 200 && rq->status < 300) {
		log_notice("signal %s: taken (HTTP %ld, try %u)", text_of(e, "target"), rq->status,
		        e->attempts + 1);
		s->sent++;
		s->last_error[0] = '\0';
		spool_remove(&s->spool, e);
	} else {
		explain(rq, e, answer, s->last_error);
		failed(s, e, rq->error == 0 && (hopeless(rq->status) || format), rq->retry_after_s);
	}
	run(s);
}

static int start(struct signals *s, struct signal_send *send, struct spool_entry *e)
{
	int r;

	send->owner = s;
	send->rq.method = text_of(e, "method");
	send->rq.url = text_of(e, "url");
	send->rq.headers = json_headers;
	send->rq.body = text_of(e, "text");
	send->rq.timeout_s = (long)s->conf->timeout_s;
	send->rq.done = answered;
	r = http_start(s->http, &send->rq);
	if (r < 0)
		return r;
	send->entry = e;
	e->busy = true;
	return 0;
}

/* Is there an earlier one to the same URL?  Then it goes first. */
static bool behind(struct signals *s, const struct spool_entry *e)
{
	for (struct spool_entry *o = spool_next(&s->spool, NULL); o && o->id < e->id;
	        o = spool_next(&s->spool, o))
		if (strcmp(text_of(o, "url"), text_of(e, "url")) == 0)
			return true;
	return false;
}

static struct signal_send *idle(struct signals *s)
{
	for (struct signal_send *send = s->send; send < s->send + SIGNALS_AT_ONCE; send++)
		if (!send->entry)
			return send;
	return NULL;
}

/* May it go now?  Else e->due_ms says when to look again. */
static bool due(struct signals *s, struct spool_entry *e, uint64_t now_ms)
{
	uint64_t wait_ms;

	if (e->due_ms > now_ms)
		return false;
	if (e->attempts > 0 || budgets_take(&s->budgets, text_of(e, "target"),
	                               s->conf->signal_budget, now_ms, &wait_ms))
		return true;
	log_notice("signal %s: over its budget of %u an hour; waits %llu s", text_of(e, "target"),
	        s->conf->signal_budget, (unsigned long long)wait_ms / 1000);
	e->due_ms = now_ms + wait_ms;
	return false;
}

/* Sends what is due, drops what is too old, and sleeps until the next is due. */
static void run(struct signals *s)
{
	uint64_t now_ms = loop_now(), next_ms = UINT64_MAX;
	struct spool_entry *e, *next;

	for (e = spool_next(&s->spool, NULL); e; e = next) {
		struct signal_send *send = idle(s);

		next = spool_next(&s->spool, e);
		if (e->busy || behind(s, e))
			continue;
		if (e->created + (time_t)s->conf->signal_max_age_s < time(NULL)) {
			give_up(s, e, "too old (signal-max-age)");
			continue;
		}
		if (send && due(s, e, now_ms) && start(s, send, e) < 0) {
			(void)snprintf(
			        s->last_error, sizeof(s->last_error), "no memory to send it");
			failed(s, e, false, 0);
		}
		if (e->id && !e->busy && e->due_ms > now_ms && e->due_ms < next_ms)
			next_ms = e->due_ms;
	}
	loop_timer_stop(s->loop, &s->timer);
	if (next_ms != UINT64_MAX && loop_timer_start(s->loop, &s->timer, next_ms - now_ms, 0) < 0)
		log_err("signals: no timer; those that wait are sent with the next");
}

static void fired(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	run(container_of(t, struct signals, timer));
}

/* One that waits and says something older about the same thing to the same target. */
static struct spool_entry *outdated(struct signals *s, const char *target, const char *about)
{
	struct spool_entry *e;

	for (e = spool_next(&s->spool, NULL); e; e = spool_next(&s->spool, e))
		if (!e->busy && e->attempts == 0 && strcmp(text_of(e, "target"), target) == 0 &&
		        strcmp(text_of(e, "about"), about) == 0)
			return e;
	return NULL;
}

static void queue(struct signals *s, const struct target *t, const struct event *e)
{
	char about[SERIES_NAME + SERIES_INSTANCE + 4];
	const bool put = t->kind == TARGET_WAIT_CONDITION || t->kind == TARGET_WAIT_NATIVE;
	json_auto_t *body = signal_body(t, e);
	auto_free char *text =
	        body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	struct spool_entry *old;
	json_t *entry;

	(void)snprintf(about, sizeof(about), "%s[%s]", e->metric, e->instance);
	entry = text ? json_pack("{ss ss ss ss ss}", "target", t->name, "method",
	                       put ? "PUT" : "POST", "url", t->url, "text", text, "about", about)
	             : NULL;
	old = outdated(s, t->name, about);
	if (old && entry) {
		json_decref(old->body);
		old->body = entry;
		spool_save(&s->spool, old);
		return;
	}
	if (!spool_add(&s->spool, entry, time(NULL)))
		log_err("signal %s: %d already wait; this one is lost: %s", t->name, SPOOL_MAX,
		        e->reason);
	else if (s->spool.error < 0)
		log_warn("signal %s: kept in memory only: %s", t->name, strerror(-s->spool.error));
}

void signals_event(struct signals *s, const struct event *e)
{
	const unsigned kind = e->kind == EVENT_RAISED ? TRIGGER_RAISED : TRIGGER_CLEARED;

	for (unsigned i = 0; i < s->conf->target_count; i++) {
		const struct target *t = &s->conf->target[i];

		if ((t->when & kind) && (!*t->metric || strcmp(t->metric, e->metric) == 0))
			queue(s, t, e);
	}
	run(s);
}

void signals_open(struct signals *s, struct loop *l, struct http *h, const struct conf *cf)
{
	int r;

	*s = (struct signals){ .loop = l, .http = h, .conf = cf };
	s->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = fired };
	r = spool_open(&s->spool, folder);
	if (r < 0)
		log_warn("signals: %s: %s; they are kept in memory only", folder, strerror(-r));
	if (s->spool.corrupt)
		log_warn(
		        "signals: %u corrupt files are kept aside in %s", s->spool.corrupt, folder);
	if (spool_count(&s->spool))
		log_notice("signals: %u wait from an earlier run", spool_count(&s->spool));
	budgets_open(&s->budgets, budgets_file, loop_now());
	run(s);
}

void signals_conf(struct signals *s, const struct conf *cf)
{
	s->conf = cf;
}

json_t *signals_status(struct signals *s)
{
	json_t *list = json_array();
	uint64_t now_ms = loop_now();

	for (struct spool_entry *e = spool_next(&s->spool, NULL); e; e = spool_next(&s->spool, e))
		(void)json_array_append_new(
		        list, json_pack("{ss ss sI sb sI}", "target", text_of(e, "target"), "about",
		                      text_of(e, "about"), "attempts", (json_int_t)e->attempts,
		                      "sending", e->busy, "next_try_s",
		                      (json_int_t)(e->due_ms > now_ms ? (e->due_ms - now_ms) / 1000
		                                                      : 0)));
	return json_pack("{sI so sI sI sI so}", "waiting", (json_int_t)json_array_size(list),
	        "queue", list, "sent", (json_int_t)s->sent, "given_up", (json_int_t)s->given_up,
	        "refused", (json_int_t)s->spool.refused, "last_error",
	        *s->last_error ? json_string(s->last_error) : json_null());
}

void signals_close(struct signals *s)
{
	if (!s->loop)
		return;
	for (struct signal_send *send = s->send; send < s->send + SIGNALS_AT_ONCE; send++)
		http_cancel(&send->rq);
	loop_timer_stop(s->loop, &s->timer);
	spool_close(&s->spool);
	s->loop = NULL;
}
