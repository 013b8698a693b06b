/* SPDX-License-Identifier: Apache-2.0 */
/* score_sample.c - adds one new sample of a series and assesses its risk. */
#include <math.h>

#include "agent/predict/fault.h"
#include "agent/predict/score_internal.h"

/* Levels from which the resource is nearly and as good as used up, whatever its slope. */
static const double late = 0.985, failing = 0.995;

/* Time constant of the baseline: a day. */
static const double baseline_s = 86400;

static double risk_of_level(double used)
{
	if (used < late)
		return 0;
	return used >= failing ? 0.95 : 0.4 + 0.5 * (used - late) / (failing - late);
}

static struct assessment assess_bounded(
        struct score *p, const struct scorer *sc, const struct bound *b, bool soft)
{
	struct verdict *v = &p->verdict;
	struct time_left left = exhaustion_time_left(&b->x, &sc->horizons);

	for (unsigned i = 0; i < HORIZONS; i++)
		v->within[i] = i < sc->horizons.count ? exhaustion_risk(&b->x, i) : NAN;
	v->left_s = left.s;
	v->low_s = left.low_s;
	v->high_s = left.high_s;
	v->slope_per_s = isnan(b->x.outlook[0].pace_s) ? 0 : (double)b->x.outlook[0].pace_s;
	if (v->used >= 1)
		v->left_s = v->low_s = v->high_s = 0;
	return (struct assessment){ .state = SCORE_OK,
		.risk = isnan(v->within[0]) ? 0 : v->within[0],
		.level_risk = soft ? 0 : risk_of_level(v->used) };
}

/* Is it too early for a risk?  Not if the level alone is one. */
static bool is_learning(
        const struct score *p, const struct bound *b, bool soft, const struct score_conf *cf)
{
	double warmup_s = fmin(cf->warmup_s, cf->horizon_s / 8.0);

	if (!soft && p->verdict.used >= late)
		return false;
	return isnan(b->x.outlook[0].risk) || (double)(p->at_ms - p->first_ms) < warmup_s * 1000;
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

static struct assessment score_bounded(
        struct scorer *sc, struct score *p, const struct series *s, const struct score_conf *cf)
{
	struct bound *b = &sc->bound[p->bound - 1];
	double dt_s = seconds_since_sample(p, s), part;
	struct verdict *v = &p->verdict;
	const bool soft = s->kind == METRIC_SOFT;

	if (dt_s <= 0) {
		exhaustion_start(&b->x);
		p->calm_ms = 0;
	}
	if (dt_s <= 0 || dt_s > cf->horizon_s)
		p->first_ms = s->at_ms;
	follow_limit(p, s, b);
	v->used = s->value / s->fails_at;
	p->baseline_s = fmin(p->baseline_s + dt_s, baseline_s);
	part = isnan(v->baseline) ? 1 : p->baseline_s > 0 ? fmin(dt_s / p->baseline_s, 1) : 0;
	v->baseline = (isnan(v->baseline) ? 0 : (1 - part) * v->baseline) +
	              part * fmin(fmax(v->used, 0), 1);
	p->at_ms = s->at_ms;
	exhaustion_update(&b->x, &sc->horizons, v->used, dt_s);
	if (is_learning(p, b, soft, cf))
		return (struct assessment){ .state = SCORE_LEARNING };
	return assess_bounded(p, sc, b, soft);
}

static struct assessment score_fault(
        struct score *p, const struct series *s, const struct score_conf *cf)
{
	struct verdict *v = &p->verdict;
	double faults = fault_count(s->kind, p->count, s->value);
	double risk =
	        isnan(v->base_risk) ? 0 : fault_decay(v->base_risk, seconds_since_sample(p, s));

	v->is_fault = true;
	v->fault_count = risk < cf->clear ? faults : v->fault_count + faults;
	p->count = s->value;
	p->at_ms = s->at_ms;
	return (struct assessment){ .state = SCORE_OK,
		.risk = faults > 0 ? fmax(risk, fault_risk(s->name, v->fault_count)) : risk };
}

/* The drive's own flag counts at once; its counters give a risk within a month. */
static struct assessment score_drive(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf)
{
	struct drive_record *w = &sc->drives.drive[p->drive - 1];
	const struct drive_history_saved saved = score_state_drives(sc);
	double month = drive_history_update(w, t, s, &saved);
	struct verdict *v = &p->verdict;

	v->is_fault = v->is_drive = true;
	v->fault_count = w->said >= cf->clear ? 1 : 0;
	v->drive_reason = drive_model_reason(&w->wear);
	p->at_ms = s->at_ms;
	month = isnan(month) ? 0 : month;
	return (struct assessment){ .state = SCORE_OK,
		.risk = fmax(w->said, drive_risk_within(month, cf->horizon_s)),
		.month_risk = month };
}

struct assessment score_sample(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf)
{
	if (isnan(s->value))
		return (struct assessment){ .state = SCORE_UNKNOWN };
	if (p->drive)
		return score_drive(sc, p, t, s, cf);
	if (metric_is_fault(s->kind))
		return score_fault(p, s, cf);
	return score_bounded(sc, p, s, cf);
}
