/* SPDX-License-Identifier: Apache-2.0 */
/* score_sample.c - processes one new sample of a series. */
#include <math.h>

#include "agent/predict/fault.h"
#include "agent/predict/score_internal.h"

/* At 98.5 % it is late, whatever the slope says; at 99.5 % it is failing. */
static const double late = 0.985, failing = 0.995;

/* Time constant of the baseline: a day. */
static const double usual_s = 86400;

/* Cleared after the risk has stayed below `clear` for this part of the horizon. */
static const double calm_of_horizon = 0.25;

/* A drive that was raised is cleared after a day of so much less than what raised it. */
static const double drive_calm_s = 86400, drive_clear = 0.5;

static double risk_of_level(double used)
{
	if (used < late)
		return 0;
	return used >= failing ? 0.95 : 0.4 + 0.5 * (used - late) / (failing - late);
}

/* How likely the cause is beside what else the machine does. */
static double apply_anomaly(const struct scorer *sc, const struct score *p, double alone)
{
	return p->group ? anomaly_effect_apply(&sc->anomaly, &sc->groups.group[p->group - 1], alone)
	                : alone;
}

static void assess_bounded(
        struct score *p, const struct scorer *sc, const struct bound *b, bool soft)
{
	struct verdict *v = &p->verdict;
	struct time_left left = exhaustion_time_left(&b->x, &sc->horizons);
	double level = soft ? 0 : risk_of_level(v->used);

	for (unsigned i = 0; i < HORIZONS; i++)
		v->within[i] = i < sc->horizons.count ? exhaustion_risk(&b->x, i) : NAN;
	v->base_risk = isnan(v->within[0]) ? 0 : v->within[0];
	v->risk = fmax(apply_anomaly(sc, p, v->base_risk), level);
	v->base_risk = fmax(v->base_risk, level);
	v->risk_in_horizon = v->risk;
	v->left_s = left.s;
	v->low_s = left.low_s;
	v->high_s = left.high_s;
	v->slope_per_s = isnan(b->x.outlook[0].pace_s) ? 0 : (double)b->x.outlook[0].pace_s;
	if (v->used >= 1)
		v->left_s = v->low_s = v->high_s = 0;
}

/* Is it too early to say anything?  Not when it is failing already. */
static bool is_learning(
        const struct score *p, const struct bound *b, bool soft, const struct score_conf *cf)
{
	double warmup_s = fmin(cf->warmup_s, cf->horizon_s / 8.0);

	if (!soft && p->verdict.used >= late)
		return false;
	return isnan(b->x.outlook[0].risk) || (double)(p->at_ms - p->first_ms) < warmup_s * 1000;
}

static struct alarm_limits alarm_limits_of(const struct score_conf *cf)
{
	return (struct alarm_limits){ .raise = alarm_threshold(cf),
		.clear = cf->clear,
		.calm_s = calm_of_horizon * cf->horizon_s };
}

/*
 * Returns the seconds since the last sample; 0 restarts the series (its first sample, or a clock
 * that jumped back).
 */
static double seconds_since_sample(const struct score *p, const struct series *s)
{
	return p->at_ms == 0 || s->at_ms <= p->at_ms ? 0 : (double)(s->at_ms - p->at_ms) / 1000;
}

/* Rescales learnt state after a change of the limit: the same content is another ratio. */
static void follow_limit(struct score *p, const struct series *s, struct bound *b)
{
	if (isnan(s->limit) || s->limit <= 0 || s->limit == p->limit)
		return;
	if (!isnan(p->limit)) {
		exhaustion_rescale(&b->x, p->limit / s->limit);
		p->verdict.baseline *= p->limit / s->limit;
	}
	p->limit = s->limit;
}

static void score_bounded(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf, struct event_queue *out)
{
	struct bound *b = &sc->bound[p->bound - 1];
	double dt_s = seconds_since_sample(p, s), part;
	struct verdict *v = &p->verdict;
	const struct alarm_limits bar = alarm_limits_of(cf);

	if (dt_s <= 0) {
		exhaustion_start(&b->x);
		p->calm_ms = 0;
	}
	if (dt_s <= 0 || dt_s > cf->horizon_s)
		p->first_ms = s->at_ms;
	follow_limit(p, s, b);
	v->used = s->value / s->fails_at;
	p->baseline_s = fmin(p->baseline_s + dt_s, usual_s);
	part = isnan(v->baseline) ? 1 : p->baseline_s > 0 ? fmin(dt_s / p->baseline_s, 1) : 0;
	v->baseline = (isnan(v->baseline) ? 0 : (1 - part) * v->baseline) +
	              part * fmin(fmax(v->used, 0), 1);
	p->at_ms = s->at_ms;
	exhaustion_update(&b->x, &sc->horizons, v->used, dt_s);
	if (is_learning(p, b, s->kind == METRIC_SOFT, cf)) {
		v->risk = v->risk_in_horizon = v->left_s = NAN;
		if (v->state != SCORE_RAISED)
			v->state = SCORE_LEARNING;
		return;
	}
	assess_bounded(p, sc, b, s->kind == METRIC_SOFT);
	alarm_update(sc, p, t, s->value, &bar, out);
}

static void score_fault(const struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf, struct event_queue *out)
{
	struct verdict *v = &p->verdict;
	double dt_s = seconds_since_sample(p, s), signs = fault_count(s->kind, p->count, s->value);
	const struct alarm_limits bar = alarm_limits_of(cf);

	v->is_fault = true;
	v->base_risk = isnan(v->base_risk) ? 0 : fault_decay(v->base_risk, dt_s);
	v->fault_count = v->base_risk < cf->clear ? signs : v->fault_count + signs;
	if (signs > 0)
		v->base_risk = fmax(v->base_risk, fault_risk(s->name));
	v->risk = v->risk_in_horizon = apply_anomaly(sc, p, v->base_risk);
	p->count = s->value;
	p->at_ms = s->at_ms;
	alarm_update(sc, p, t, s->value, &bar, out);
}

/*
 * The drive's own flag counts at once; its counters give a risk within a month, with a separate
 * threshold.
 */
static void score_drive(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf, struct event_queue *out)
{
	struct drive_record *w = &sc->drives.drive[p->drive - 1];
	const struct drive_history_saved saved = score_state_drives(sc);
	double month = drive_history_update(w, t, s, &saved),
	       raise = drive_history_raise(cf->false_alarms);
	struct verdict *v = &p->verdict;

	v->is_fault = v->is_drive = true;
	v->fault_count = w->said >= cf->clear ? 1 : 0;
	v->drive_reason = drive_model_reason(&w->wear);
	month = isnan(month) ? 0 : month;
	v->base_risk = fmax(w->said, drive_risk_within(month, cf->horizon_s));
	v->risk_in_horizon = apply_anomaly(sc, p, v->base_risk);
	v->risk = fmax(month, v->risk_in_horizon);
	p->at_ms = s->at_ms;
	alarm_update(sc, p, t, s->value,
	        &(struct alarm_limits){
	                .raise = raise, .clear = raise * drive_clear, .calm_s = drive_calm_s },
	        out);
}

void score_sample(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out)
{
	if (isnan(s->value)) {
		/* Unknown is not ok: a raised series stays raised until its risk is known again. */
		p->verdict.risk = p->verdict.risk_in_horizon = p->verdict.left_s = NAN;
		if (p->verdict.state != SCORE_RAISED)
			p->verdict.state = SCORE_UNKNOWN;
	} else if (p->drive) {
		score_drive(sc, p, t, s, cf, out);
	} else if (metric_is_fault(s->kind)) {
		score_fault(sc, p, t, s, cf, out);
	} else {
		score_bounded(sc, p, t, s, cf, out);
	}
}
