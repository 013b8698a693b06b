/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_tick.c - the tick: collects, scores, handles events, saves the learnt state. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/system.h"
#include "agent/base/text.h"
#include "agent/daemon/daemon_internal.h"
#include "agent/predict/score.h"
#include "agent/process/notify.h"
#include "collectors/process/top_processes.h"

/* Interval of saving the scorer's state. */
enum { SAVE_MS = 600000 };

/* Formats a number for a hook's environment; "": unknown. */
static json_t *format_number_text(double v, int digits)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.*f", digits, v);
	return json_string(isfinite(v) ? text : "");
}

/* Adds the largest users of the resource to the reason while they still run. */
static void name_offenders(struct event *e)
{
	size_t n = strlen(e->reason);
	char who[EVENT_REASON / 2];

	top_processes_name(e->metric, who, sizeof(who));
	if (*who)
		(void)snprintf(e->reason + n, sizeof(e->reason) - n, "; most: %s", who);
}

static void act_on_events(struct daemon *d)
{
	struct event e;

	while (event_pop(&d->events, &e)) {
		char series[SERIES_NAME + SERIES_INSTANCE + 4], about[4 * sizeof(series)];
		const bool raised = e.kind == EVENT_RAISED;

		if (raised)
			name_offenders(&e);
		(void)snprintf(series, sizeof(series), "%s[%s]", e.metric, e.instance);
		(void)text_make_printable(about, sizeof(about), series);
		log_at(raised ? LOG_WARNING : LOG_NOTICE, "%s: risk %.2f: %s%s%s",
		        raised ? "predict.raised" : "predict.cleared", e.risk, e.reason,
		        *e.unusual ? "; unusual: " : "", e.unusual);
		/* Signals first: they need no fork, which a failing guest may not be able to do. */
		signals_event(&d->signals, &e);
		hooks_event(&d->hooks,
		        &(struct hook_event){ .trigger = raised ? TRIGGER_RAISED : TRIGGER_CLEARED,
		                .about = about,
		                .env = json_pack("{ss so ss so so so so so}", "PREHUP_METRIC",
		                        e.metric, "PREHUP_INSTANCE", json_from_bytes(e.instance),
		                        "PREHUP_CAUSE", e.cause, "PREHUP_VALUE",
		                        format_number_text(e.value, 6), "PREHUP_RISK",
		                        format_number_text(e.risk, 3), "PREHUP_SECONDS_LEFT",
		                        format_number_text(e.left_s, 0), "PREHUP_REASON",
		                        json_from_bytes(e.reason), "PREHUP_UNUSUAL",
		                        json_from_bytes(e.unusual)) });
	}
}

/* Saves the learnt state, so that a restart does not lose hours of learning. */
static void save_learnt_state(struct daemon *d)
{
	int r = score_state_save(&d->scorer, &d->table, boot_id());

	d->saved_ms = loop_now();
	if (r != d->save_error && r < 0)
		(void)log_fail(r, "cannot save the state of the scorer (%s)", score_state_file);
	else if (r != d->save_error)
		log_info("%s is saved again", score_state_file);
	d->save_error = r;
}

void daemon_restore_learnt(struct daemon *d)
{
	if (score_state_load(&d->scorer, boot_id()) == -EBADMSG)
		log_notice("%s is incomplete or of another version: learning starts again",
		        score_state_file);
}

static void on_tick(struct loop_timer *timer, uint64_t missed)
{
	struct daemon *d = container_of(timer, struct daemon, tick);
	struct series *late;

	table_tick(&d->table, loop_now());
	late = table_series(&d->table, "tick.missed", "");
	if (late)
		series_set(late, &d->table, (double)missed);
	runner_tick(&d->collectors);
	/* The detector compares whole ticks only, not readings between ticks. */
	if (d->anomaly)
		anomaly_effect_update(&d->scorer.anomaly, d->anomaly, &d->table);
	score_update(&d->scorer, &d->table, &d->conf->score, &d->events);
	act_on_events(d);
	if (loop_now() - d->saved_ms >= SAVE_MS)
		save_learnt_state(d);
	notify_watchdog();
}

void daemon_save_learnt(struct daemon *d)
{
	if (d->tick.fired == on_tick) /* otherwise the saved state has not been restored yet */
		save_learnt_state(d);
}

/* Scores at once after a collector has read between ticks. */
static void on_collector_news(struct runner *r)
{
	struct daemon *d = container_of(r, struct daemon, collectors);

	score_update(&d->scorer, &d->table, &d->conf->score, &d->events);
	act_on_events(d);
}

/* Creates or frees the detector according to the settings. */
static void apply_anomaly_setting(struct daemon *d)
{
	if (!d->conf->score.unusual) {
		free(d->anomaly);
		d->anomaly = NULL;
		d->scorer.anomaly = (struct anomaly_effect){ 0 };
	} else if (!d->anomaly) {
		d->anomaly = anomaly_new(ANOMALY_UNSCORED);
		if (!d->anomaly)
			log_err("anomaly detection disabled: out of memory");
	}
}

/*
 * Opens one collector per call, before the first tick. Some take milliseconds to open, and polls
 * and status requests must not wait for all of them.
 */
static void open_next(struct loop_timer *timer, uint64_t missed)
{
	struct daemon *d = container_of(timer, struct daemon, tick);
	uint64_t every_ms = d->conf->collect_s * 1000ULL;

	/* Re-arming an existing timer cannot fail. */
	if (runner_next(&d->collectors, d->conf)) {
		(void)loop_timer_start(&d->loop, &d->tick, 0, 0);
		return;
	}
	table_sweep(&d->table);
	apply_anomaly_setting(d);
	d->tick.fired = on_tick;
	(void)loop_timer_start(&d->loop, &d->tick, every_ms, every_ms);
	on_tick(timer, missed);
}

int daemon_start_collectors(struct daemon *d)
{
	runner_close(&d->collectors);
	loop_timer_stop(&d->loop, &d->tick);
	d->collectors.news = on_collector_news;
	d->tick.fired = open_next;
	table_mark(&d->table);
	runner_begin(&d->collectors, &d->loop, &d->table, d->conf);
	return loop_timer_start(&d->loop, &d->tick, 0, 0);
}
