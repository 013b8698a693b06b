/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signal/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/backoff.h"
#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/paths.h"
#include "agent/base/system.h"
#include "agent/base/text.h"

static const char folder[] = PATH_STATE "/signals";
static const char budgets_file[] = PATH_STATE "/signal-budgets.json";

/* Back-off; Heat's own answers take up to 60 s. */
static const double first_retry_s = 5, slowest_retry_s = 600;

/*
 * A signal is given up after this many permanent rejections in a row, but not within the first
 * hour: a gateway may answer the same during an upgrade.
 */
enum { PERMANENT_TRIES = 5, PERMANENT_AGE_S = 3600 };

static void run_signals(struct signals *s);

static const char *signal_text_at(const struct spool_entry *e, const char *key)
{
	const char *t = json_string_value(json_object_get(e->body, key));

	return t ? t : "";
}

/*
 * Returns the queue key of an entry: entries of one key are sent one after the other. Entries of
 * old versions have only a URL.
 */
static const char *order_of(const struct spool_entry *e)
{
	return *signal_text_at(e, "order") ? signal_text_at(e, "order") : signal_text_at(e, "url");
}

static bool is_signal_budgeted(const struct spool_entry *e)
{
	return *signal_text_at(e, "about") != '\0';
}

static void drop_signal(struct signals *s, struct spool_entry *e)
{
	spool_remove(&s->spool, e);
	if (s->to.room)
		s->to.room(s->to.room_cx);
}

static void give_up_signal(struct signals *s, struct spool_entry *e, const char *why)
{
	log_err("signal %s: given up after %u attempts: %s", signal_text_at(e, "target"),
	        e->attempts, why);
	s->given_up++;
	drop_signal(s, e);
}

static void on_signal_failed(
        struct signals *s, struct spool_entry *e, bool permanent, long retry_after_s)
{
	double wait_s = backoff_s(first_retry_s, slowest_retry_s, ++e->attempts) *
	                (0.75 + 0.5 * random_unit());

	if (wait_s < (double)retry_after_s)
		wait_s = (double)(retry_after_s < 3600 ? retry_after_s : 3600);
	e->refusals = permanent ? e->refusals + 1 : 0;
	if (e->refusals >= PERMANENT_TRIES && spool_age_s(e) >= PERMANENT_AGE_S) {
		give_up_signal(s, e, s->last_error);
		return;
	}
	if (e->attempts == 1)
		log_warn("signal %s: not accepted, retrying: %s", signal_text_at(e, "target"),
		        s->last_error);
	e->due_ms = loop_now() + (uint64_t)(wait_s * 1000);
	spool_save(&s->spool, e);
}

static void on_signal_delivered(struct delivery *d, const struct delivery_result *res)
{
	struct signal_send *send = container_of(d, struct signal_send, delivery);
	struct spool_entry *e = send->entry;
	struct signals *s = send->owner;
	const char *id = signal_text_at(e, "id");
	const bool enough = s->to.tried && *id && s->to.tried(s->to.tried_cx, id, res);

	send->entry = NULL;
	e->busy = false;
	if (res->taken) {
		log_notice("signal %s: accepted (HTTP %ld, attempt %u%s%s)",
		        signal_text_at(e, "target"), res->status, e->attempts + 1,
		        res->url_renewed ? ", signed again" : "",
		        res->confirmed ? ", confirmed" : "");
		s->sent++;
		s->url_renewed += res->url_renewed;
		s->last_error[0] = '\0';
		drop_signal(s, e);
	} else {
		STR_COPY(s->last_error, res->why);
		if (enough)
			give_up_signal(s, e, res->why);
		else
			on_signal_failed(s, e, res->permanent, res->retry_after_s);
	}
	/* Deferred to the loop: run_signals() itself may be the caller. */
	(void)loop_timer_start(s->loop, &s->timer, 0, 0);
}

static void start_signal_send(struct signals *s, struct signal_send *send, struct spool_entry *e)
{
	send->owner = s;
	send->entry = e;
	send->delivery.done = on_signal_delivered;
	e->busy = true;
	if (delivery_start(&send->delivery, &s->cx, e->body) == 0)
		return;
	send->entry = NULL;
	e->busy = false;
	(void)snprintf(s->last_error, sizeof(s->last_error), "out of memory");
	on_signal_failed(s, e, false, 0);
}

/* Returns true if an earlier signal to the same receiver is pending. */
static bool is_behind_in_order(struct signals *s, const struct spool_entry *e)
{
	for (struct spool_entry *o = spool_next(&s->spool, NULL); o && o->id < e->id;
	        o = spool_next(&s->spool, o))
		if (strcmp(order_of(o), order_of(e)) == 0)
			return true;
	return false;
}

static struct signal_send *find_idle_send(struct signals *s)
{
	for (struct signal_send *send = s->send; send < s->send + SIGNALS_AT_ONCE; send++)
		if (!send->entry)
			return send;
	return NULL;
}

/* Returns true if the signal may be sent now; otherwise e->due_ms is the time of the next check. */
static bool is_signal_due(struct signals *s, struct spool_entry *e, uint64_t now_ms)
{
	uint64_t wait_ms;

	if (e->due_ms > now_ms)
		return false;
	if (!is_signal_budgeted(e) || e->attempts > 0 ||
	        rate_limits_take(&s->budgets, signal_text_at(e, "target"),
	                s->cx.conf->signal_budget, now_ms, &wait_ms))
		return true;
	log_notice("signal %s: over its budget of %u an hour; waits %llu s",
	        signal_text_at(e, "target"), s->cx.conf->signal_budget,
	        (unsigned long long)wait_ms / 1000);
	e->due_ms = now_ms + wait_ms;
	return false;
}

/* Sends due signals, drops those that are too old, and arms the timer for the next. */
static void run_signals(struct signals *s)
{
	uint64_t now_ms = loop_now(), next_ms = UINT64_MAX;
	struct spool_entry *e, *next;

	for (e = spool_next(&s->spool, NULL); e; e = next) {
		struct signal_send *send = find_idle_send(s);

		next = spool_next(&s->spool, e);
		if (e->busy || is_behind_in_order(s, e))
			continue;
		if (spool_age_s(e) > s->cx.conf->signal_max_age_s) {
			give_up_signal(s, e, "too old (signal-max-age)");
			continue;
		}
		if (send && is_signal_due(s, e, now_ms))
			start_signal_send(s, send, e);
		if (e->id && !e->busy && e->due_ms > now_ms && e->due_ms < next_ms)
			next_ms = e->due_ms;
	}
	if (next_ms != UINT64_MAX)
		(void)loop_timer_start(s->loop, &s->timer, next_ms - now_ms, 0);
}

static void on_signals_timer(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	run_signals(container_of(t, struct signals, timer));
}

/* Finds a pending signal about the same series to the same target, which the new one replaces. */
static struct spool_entry *find_outdated_signal(struct signals *s, const json_t *entry)
{
	const char *target = json_string_value(json_object_get(entry, "target"));
	const char *about = json_string_value(json_object_get(entry, "about"));
	struct spool_entry *e;

	for (e = spool_next(&s->spool, NULL); about && e; e = spool_next(&s->spool, e))
		if (!e->busy && e->attempts == 0 &&
		        strcmp(signal_text_at(e, "target"), target) == 0 &&
		        strcmp(signal_text_at(e, "about"), about) == 0)
			return e;
	return NULL;
}

static bool is_signal_queued(struct signals *s, const char *id)
{
	for (struct spool_entry *e = spool_next(&s->spool, NULL); e; e = spool_next(&s->spool, e))
		if (strcmp(signal_text_at(e, "id"), id) == 0)
			return true;
	return false;
}

bool signals_kept(struct signals *s, const char *id)
{
	for (struct spool_entry *e = spool_next(&s->spool, NULL); e; e = spool_next(&s->spool, e))
		if (strcmp(signal_text_at(e, "id"), id) == 0)
			return !e->unsaved;
	return true;
}

int signals_post(struct signals *s, json_t *entry)
{
	const char *id = json_string_value(json_object_get(entry, "id"));
	const char *target = json_string_value(json_object_get(entry, "target"));
	struct spool_entry *old = entry ? find_outdated_signal(s, entry) : NULL;

	if (!entry)
		return -ENOMEM;
	if (id && is_signal_queued(s, id)) {
		json_decref(entry);
		return 0;
	}
	if (old) {
		json_decref(old->body);
		old->body = entry;
		spool_save(&s->spool, old);
		run_signals(s);
		return 0;
	}
	if (!spool_add(&s->spool, entry, time(NULL)))
		return -ENOSPC;
	if (s->spool.error < 0)
		log_warn("signal %s: kept in memory only: %s", target, strerror(-s->spool.error));
	run_signals(s);
	return 0;
}

int signals_clear_hook(struct signals *s, const char *clears)
{
	const size_t n = strcspn(clears, " ");
	json_auto_t *body = json_pack("{ss}", "unset_hook", clears + n + (clears[n] == ' '));
	auto_free char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	char target[CONF_STR];

	(void)snprintf(target, sizeof(target), "unset hook of %.200s", clears);
	return signals_post(s, text ? json_pack("{ss ss ss ss# ss ss sb}", "way", "own", "target",
	                                      target, "order", target, "resource", clears, (int)n,
	                                      "text", text, "id", target, "patient", 1)
	                            : NULL);
}

void signals_event(struct signals *s, const struct event *e)
{
	const unsigned kind = e->kind == EVENT_RAISED ? TRIGGER_RAISED : TRIGGER_CLEARED;

	for (unsigned i = 0; i < s->cx.conf->target_count; i++) {
		const struct target *t = &s->cx.conf->target[i];

		if (!(t->when & kind) || (*t->metric && strcmp(t->metric, e->metric) != 0))
			continue;
		if (spool_count(&s->spool) >= SIGNALS_PREDICTIONS ||
		        signals_post(s, signal_entry(t, e)) < 0) {
			s->spool.refused++;
			log_err("signal %s: dropped, %u are already pending: %s", t->name,
			        spool_count(&s->spool), e->reason);
		}
	}
}

void signals_open(struct signals *s, struct loop *l, const struct delivery_context *cx,
        const struct signals_receivers *to)
{
	int r;

	s->loop = l;
	s->cx = *cx;
	s->to = *to;
	s->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = on_signals_timer };
	r = spool_open(&s->spool, folder);
	if (r < 0)
		log_warn("signals: %s: %s; signals are kept in memory only", folder, strerror(-r));
	if (spool_count(&s->spool))
		log_notice("signals: %u pending from an earlier run", spool_count(&s->spool));
	rate_limits_open(&s->budgets, budgets_file, loop_now());
	for (struct signal_send *send = s->send; send < s->send + SIGNALS_AT_ONCE; send++)
		send->delivery.timer.io.fd = -1;
	if (loop_timer_start(s->loop, &s->timer, 0, 0) < 0) /* re-arming cannot fail */
		log_err("signals: no timer; none is retried");
}

void signals_conf(struct signals *s, const struct conf *cf)
{
	s->cx.conf = cf;
}

json_t *signals_status(struct signals *s)
{
	json_t *list = json_array();
	uint64_t now_ms = loop_now();

	for (struct spool_entry *e = spool_next(&s->spool, NULL); e; e = spool_next(&s->spool, e))
		(void)json_array_append_new(
		        list, json_pack("{ss ss sI sb sI}", "target", signal_text_at(e, "target"),
		                      "about", signal_text_at(e, "about"), "attempts",
		                      (json_int_t)e->attempts, "sending", e->busy, "next_try_s",
		                      (json_int_t)(e->due_ms > now_ms ? (e->due_ms - now_ms) / 1000
		                                                      : 0)));
	return json_pack("{sI so sI sI sI sI so}", "waiting", (json_int_t)json_array_size(list),
	        "queue", list, "sent", (json_int_t)s->sent, "given_up", (json_int_t)s->given_up,
	        "resigned", (json_int_t)s->url_renewed, "refused", (json_int_t)s->spool.refused,
	        "last_error", *s->last_error ? json_string(s->last_error) : json_null());
}

void signals_close(struct signals *s)
{
	if (!s->loop)
		return;
	for (struct signal_send *send = s->send; send < s->send + SIGNALS_AT_ONCE; send++)
		delivery_cancel(&send->delivery);
	loop_timer_stop(s->loop, &s->timer);
	spool_close(&s->spool);
	*s = (struct signals){ 0 };
}
