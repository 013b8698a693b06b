/* SPDX-License-Identifier: Apache-2.0 */
/* alarm.c - raises and clears alarms, by a risk or by the accepted number of false ones. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/predict/score_internal.h"

enum { CONFIRM = 2 }; /* consecutive samples at or above `raise`; one alone may be a spike */

/* Time below `clear` before an alarm is cleared: this part of the horizon. */
static const double calm_of_horizon = 0.25;

/* An alarm of a drive is cleared after a day below this part of its threshold. */
static const double drive_calm_s = 86400, drive_clear = 0.5;

/*
 * False alarms of memory in 30 days at a horizon of an hour, by threshold. Measured by
 * tests/prediction/bench-exhaustion on 55 machines that did not fail, held out by halves, mean of
 * six deals: none to three alarms in 294 days from 0.8 on, none from 0.95 on, which counts as half
 * of the value at 0.9. Rarer ones get the last threshold. Values between are interpolated in the
 * logarithm.
 */
static const struct {
	double alarms, raise;
} measured[] = { { 2.6, 0.5 }, { 1.1, 0.65 }, { 0.15, 0.8 }, { 0.1, 0.9 }, { 0.05, 0.95 } };

double alarm_threshold(const struct score_conf *cf)
{
	const size_t n = ARRAY_SIZE(measured);

	if (cf->false_alarms <= 0)
		return cf->raise;
	if (cf->false_alarms >= measured[0].alarms)
		return measured[0].raise;
	for (size_t i = 1; i < n; i++) {
		double part = log(measured[i - 1].alarms / cf->false_alarms) /
		              log(measured[i - 1].alarms / measured[i].alarms);

		if (cf->false_alarms >= measured[i].alarms)
			return measured[i - 1].raise +
			       part * (measured[i].raise - measured[i - 1].raise);
	}
	return measured[n - 1].raise;
}

void alarm_emit(const struct scorer *sc, const struct score *p, const struct table *t, double value,
        enum event_kind kind, struct event_queue *out)
{
	const struct verdict *v = &p->verdict;
	struct event e = { .kind = kind,
		.at_ms = t->now_ms,
		.value = value,
		.risk = isnan(v->risk) ? 0 : v->risk,
		.left_s = v->left_s };

	memcpy(e.metric, p->name, sizeof(e.metric));
	memcpy(e.instance, p->instance, sizeof(e.instance));
	if (p->group)
		memcpy(e.cause, sc->groups.group[p->group - 1].name, sizeof(e.cause));
	score_reason(p->name, p->instance, v, e.reason);
	/* Only if it raised the risk. */
	if (kind == EVENT_RAISED && v->risk_in_horizon > v->base_risk)
		anomaly_effect_describe(&sc->anomaly, e.unusual);
	(void)event_push(out, &e); /* a full queue counts lost events */
}

/* Risks at which an alarm is raised and cleared, and seconds below `clear` before it is cleared. */
struct alarm_limits {
	double raise, clear, calm_s;
};

static struct alarm_limits alarm_limits_of(const struct score *p, const struct score_conf *cf)
{
	double raise = p->drive ? drive_history_raise(cf->false_alarms) : alarm_threshold(cf);

	if (p->drive)
		return (struct alarm_limits){ raise, raise * drive_clear, drive_calm_s };
	return (struct alarm_limits){ raise, cf->clear, calm_of_horizon * cf->horizon_s };
}

void alarm_update(const struct scorer *sc, struct score *p, const struct table *t, double value,
        const struct score_conf *cf, struct event_queue *out)
{
	const struct alarm_limits limits = alarm_limits_of(p, cf);
	struct verdict *v = &p->verdict;

	p->over = v->risk >= limits.raise ? p->over + 1 : 0;
	if (v->risk >= limits.clear)
		p->calm_ms = 0;
	else if (p->calm_ms == 0)
		p->calm_ms = p->at_ms ? p->at_ms : 1;
	if (v->state != SCORE_RAISED)
		v->state = SCORE_OK;
	if (v->state != SCORE_RAISED && p->over >= (v->is_fault ? 1 : CONFIRM)) {
		v->state = SCORE_RAISED;
		alarm_emit(sc, p, t, value, EVENT_RAISED, out);
	} else if (v->state == SCORE_RAISED && p->calm_ms &&
	           (double)(p->at_ms - p->calm_ms) >= limits.calm_s * 1000) {
		v->state = SCORE_OK;
		alarm_emit(sc, p, t, value, EVENT_CLEARED, out);
	}
}
