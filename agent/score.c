/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/score_weights.h"

enum {
	FIRST_SAMPLES = 8, /* before that a slope means nothing */
	CONFIRM = 2,       /* samples in a row at or above `raise`: one alone may be a spike */
};

/* Cleared after the risk has stayed below `clear` for this part of the horizon. */
static const double calm_of_horizon = 0.25;

/* At 98 % it is late, whatever the slope says; at 99.5 % it is failing. */
static const double late = 0.98, failing = 0.995;

/* Below this risk no time left is shown. */
static const double heading = 0.1;

/* Standardised features beyond this were never seen: their products would run away. */
static const double widest = 3.5;

static double model(const double f[static TREND_FEATURES])
{
	double z[TREND_FEATURES], sum = weight[0];
	int at = 1;

	for (int i = 0; i < TREND_FEATURES; i++) {
		z[i] = fmin(fmax((f[i] - feature_mean[i]) / feature_scale[i], -widest), widest);
		sum += weight[at++] * z[i];
	}
	for (int i = 0; i < TREND_FEATURES; i++)
		for (int j = i; j < TREND_FEATURES; j++)
			sum += weight[at++] * z[i] * z[j];
	return 1 / (1 + exp(-sum));
}

/* A slope of so many standard errors is taken by itself. */
static const double clear_slope = 5;

static double middle(double a, double b, double c)
{
	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

/*
 * The time left: by the shortest scale whose slope is clear, so that a sudden ramp is met at once;
 * else the middle one of the three.
 */
static void look_ahead(const struct trend *k, double horizon_s, struct verdict *v)
{
	const double most_s = 10 * horizon_s;
	double left[TREND_SCALES], best = NAN;

	for (int i = TREND_SCALES - 1; i >= 0; i--) {
		struct slope s = trend_slope(k, i);

		s.level = k->last; /* the line may have run ahead of a ramp that stopped */
		left[i] = trend_left_s(&s, most_s);
		if (i == 1)
			v->per_s = s.per_s;
		if (s.per_s > clear_slope * s.se) {
			best = left[i];
			v->per_s = s.per_s;
		}
	}
	if (isnan(best))
		best = middle(left[0], left[1], left[2]);
	v->left_s = best < most_s ? best : NAN;
}

/* A level that is dangerous by itself. */
static double level_risk(double used)
{
	if (used < late)
		return 0;
	return used >= failing ? 0.95 : 0.4 + 0.5 * (used - late) / (failing - late);
}

static void judge(struct score *p, bool soft, const struct score_conf *cf)
{
	struct verdict *v = &p->verdict;
	double f[TREND_FEATURES], horizon_s = cf->horizon_s;

	trend_features(&p->trend, horizon_s, f);
	look_ahead(&p->trend, horizon_s, v);
	v->risk = model(f);
	/*
	 * A ramp is believed when it is beyond doubt, goes beyond what has been before, and would
	 * arrive in time: daily rhythms, caches and sawteeth fail one of the three.
	 */
	if (!trend_breaks_out(&p->trend) || isnan(v->left_s) || v->left_s > 2 * horizon_s)
		v->risk = fmin(v->risk, 0.5);
	if (!soft)
		v->risk = fmax(v->risk, level_risk(v->used));
	if (v->used >= 1)
		v->left_s = 0;
	else if (v->risk < heading)
		v->left_s = NAN; /* a slope that is not believed leads nowhere */
}

/* Is it too early to say anything?  Not when it is failing already. */
static bool learning(const struct score *p, bool soft, const struct score_conf *cf)
{
	if (!soft && p->verdict.used >= late)
		return false;
	return p->trend.n < FIRST_SAMPLES || p->at_ms - p->first_ms < cf->warmup_s * 1000ULL;
}

static void tell(const struct score *p, const struct table *t, double value, enum event_kind kind,
        struct event_queue *out)
{
	struct event e = { .kind = kind,
		.at_ms = t->now_ms,
		.value = value,
		.risk = isnan(p->verdict.risk) ? 0 : p->verdict.risk,
		.left_s = p->verdict.left_s };

	memcpy(e.metric, p->name, sizeof(e.metric));
	memcpy(e.instance, p->instance, sizeof(e.instance));
	score_reason(p->name, p->instance, &p->verdict, e.reason);
	(void)event_push(out, &e); /* a full queue counts what it loses */
}

static void raise_or_clear(struct score *p, const struct table *t, double value,
        const struct score_conf *cf, struct event_queue *out)
{
	struct verdict *v = &p->verdict;

	p->over = v->risk >= cf->raise ? p->over + 1 : 0;
	if (v->risk >= cf->clear)
		p->calm_ms = 0;
	else if (p->calm_ms == 0)
		p->calm_ms = p->at_ms ? p->at_ms : 1;
	if (v->state != SCORE_RAISED && p->over >= CONFIRM) {
		v->state = SCORE_RAISED;
		tell(p, t, value, EVENT_RAISED, out);
	} else if (v->state == SCORE_RAISED && p->calm_ms &&
	           (double)(p->at_ms - p->calm_ms) >= calm_of_horizon * cf->horizon_s * 1000) {
		v->state = SCORE_OK;
		tell(p, t, value, EVENT_CLEARED, out);
	}
}

/* A new owner of the slot, or none: what was raised for the old one is over. */
static void begin(
        struct score *p, const struct table *t, const struct series *s, struct event_queue *out)
{
	if (p->verdict.state == SCORE_RAISED) {
		p->verdict.risk = 0;
		p->verdict.left_s = NAN;
		tell(p, t, NAN, EVENT_CLEARED, out);
	}
	*p = (struct score){ .born = s->born,
		.verdict = { .risk = NAN, .left_s = NAN, .used = NAN } };
	memcpy(p->name, s->name, sizeof(p->name));
	memcpy(p->instance, s->instance, sizeof(p->instance));
	trend_start(&p->trend);
}

/* How long since the last sample; 0: the trend starts anew (the first, a gap, a clock that jumps). */
static double step_s(const struct score *p, const struct series *s, const struct score_conf *cf)
{
	double dt_s = ((double)s->at_ms - (double)p->at_ms) / 1000;

	return p->trend.n == 0 || dt_s <= 0 || dt_s > 0.8 * cf->horizon_s ? 0 : dt_s;
}

static void take(struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out)
{
	double dt_s = step_s(p, s, cf);
	struct verdict *v = &p->verdict;

	if (dt_s <= 0) {
		trend_start(&p->trend);
		p->first_ms = s->at_ms;
		p->calm_ms = 0;
	}
	p->at_ms = s->at_ms;
	v->used = s->value / s->fails_at;
	trend_add(&p->trend, v->used, dt_s, cf->horizon_s);
	if (learning(p, s->soft, cf)) {
		v->risk = v->left_s = NAN;
		if (v->state != SCORE_RAISED)
			v->state = SCORE_LEARNING;
		return;
	}
	if (v->state != SCORE_RAISED)
		v->state = SCORE_OK;
	judge(p, s->soft, cf);
	raise_or_clear(p, t, s->value, cf, out);
}

void score_update(struct scorer *sc, const struct table *t, const struct score_conf *cf,
        struct event_queue *out)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct series *s = &t->series[i];
		struct score *p = &sc->per[i];

		if (p->born != s->born)
			begin(p, t, s, out);
		if (s->born == 0 || isnan(s->fails_at) || s->at_ms == 0 || s->at_ms == p->at_ms)
			continue;
		if (!isnan(s->value)) {
			take(p, t, s, cf, out);
			continue;
		}
		/* Unknown is not well: what was raised stays so until it is known to be better. */
		p->verdict.risk = p->verdict.left_s = NAN;
		if (p->verdict.state != SCORE_RAISED)
			p->verdict.state = SCORE_UNKNOWN;
	}
}

int score_worst(const struct scorer *sc, const struct table *t)
{
	int worst = -1;

	for (unsigned i = 0; i < t->count; i++) {
		const struct score *p = &sc->per[i];

		if (t->series[i].born && p->born == t->series[i].born && !isnan(p->verdict.risk) &&
		        (worst < 0 || p->verdict.risk > sc->per[worst].verdict.risk))
			worst = (int)i;
	}
	return worst;
}

/* "45 s", "11 min", "3.2 h" */
static void span(double s, char *ret, size_t size)
{
	if (s < 120)
		(void)snprintf(ret, size, "%.0f s", s);
	else if (s < 7200)
		(void)snprintf(ret, size, "%.0f min", s / 60);
	else
		(void)snprintf(ret, size, "%.1f h", s / 3600);
}

void score_reason(const char *name, const char *instance, const struct verdict *v,
        char ret[static EVENT_REASON])
{
	char left[32], pace[64] = "";
	int n = snprintf(ret, EVENT_REASON, *instance ? "%s[%.60s]" : "%s", name, instance);
	double percent = v->per_s * 6000;

	if (n < 0 || n >= EVENT_REASON || isnan(v->used)) {
		if (isnan(v->used))
			(void)snprintf(ret, EVENT_REASON, "%s: unknown", name);
		return;
	}
	if (fabs(percent) >= 0.05)
		(void)snprintf(pace, sizeof(pace), ", %s %.1f %% a minute",
		        percent > 0 ? "rising" : "falling", fabs(percent));
	n += snprintf(ret + n, EVENT_REASON - (size_t)n, " at %.1f %% of its limit%s",
	        v->used * 100, pace);
	if (n >= EVENT_REASON || isnan(v->left_s))
		return;
	if (v->left_s <= 0) {
		(void)snprintf(ret + n, EVENT_REASON - (size_t)n, ", used up");
		return;
	}
	span(v->left_s, left, sizeof(left));
	(void)snprintf(ret + n, EVENT_REASON - (size_t)n, ", reached in %s", left);
}
