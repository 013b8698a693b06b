/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/score.h"

#include <math.h>
#include <string.h>

#include "agent/hard.h"
#include "agent/scorestate.h"

enum { CONFIRM = 2 }; /* samples in a row at or above `raise`: one alone may be a spike */

/* Cleared after the risk has stayed below `clear` for this part of the horizon. */
static const double calm_of_horizon = 0.25;

/* At 98.5 % it is late, whatever the slope says; at 99.5 % it is failing. */
static const double late = 0.985, failing = 0.995;

/* What is usual is learnt over a day. */
static const double usual_s = 86400;

const char *const score_states[] = {
	[SCORE_UNKNOWN] = "unknown",
	[SCORE_LEARNING] = "learning",
	[SCORE_OK] = "ok",
	[SCORE_RAISED] = "raised",
};

static double level_risk(double used)
{
	if (used < late)
		return 0;
	return used >= failing ? 0.95 : 0.4 + 0.5 * (used - late) / (failing - late);
}

/* Unusual alone is not failure: it makes what is likely anyway up to three times as likely. */
static double odds_up(double risk, double unusual)
{
	double more = 1 + 2 * unusual;

	return risk * more / (1 + risk * (more - 1));
}

static void judge(struct score *p, const struct scorer *sc, const struct bound *b, bool soft)
{
	struct verdict *v = &p->verdict;
	struct time_left left = exhaust_left(&b->x, &sc->horizons);

	for (unsigned i = 0; i < HORIZONS; i++)
		v->within[i] = i < sc->horizons.count ? exhaust_risk(&b->x, i) : NAN;
	v->risk = isnan(v->within[0]) ? 0 : odds_up(v->within[0], sc->unusual);
	if (!soft)
		v->risk = fmax(v->risk, level_risk(v->used));
	v->left_s = left.s;
	v->low_s = left.low_s;
	v->high_s = left.high_s;
	v->per_s = isnan(b->x.outlook[0].pace_s) ? 0 : (double)b->x.outlook[0].pace_s;
	if (v->used >= 1)
		v->left_s = v->low_s = v->high_s = 0;
}

/* Is it too early to say anything?  Not when it is failing already. */
static bool learning(
        const struct score *p, const struct bound *b, bool soft, const struct score_conf *cf)
{
	double warmup_s = fmin(cf->warmup_s, cf->horizon_s / 8.0);

	if (!soft && p->verdict.used >= late)
		return false;
	return isnan(b->x.outlook[0].risk) || (double)(p->at_ms - p->first_ms) < warmup_s * 1000;
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

	p->over = v->risk >= score_raise(cf) ? p->over + 1 : 0;
	if (v->risk >= cf->clear)
		p->calm_ms = 0;
	else if (p->calm_ms == 0)
		p->calm_ms = p->at_ms ? p->at_ms : 1;
	if (v->state != SCORE_RAISED && p->over >= (v->sign ? 1 : CONFIRM)) {
		v->state = SCORE_RAISED;
		tell(p, t, value, EVENT_RAISED, out);
	} else if (v->state == SCORE_RAISED && p->calm_ms &&
	           (double)(p->at_ms - p->calm_ms) >= calm_of_horizon * cf->horizon_s * 1000) {
		v->state = SCORE_OK;
		tell(p, t, value, EVENT_CLEARED, out);
	}
}

static void forget(struct scorer *sc, struct score *p)
{
	if (p->bound)
		sc->bound[p->bound - 1].born = 0;
	cause_leave(&sc->causes, p->cause);
}

static uint16_t find_bound(struct scorer *sc, uint32_t born)
{
	for (unsigned i = 0; i < BOUNDS_MAX; i++) {
		if (sc->bound[i].born)
			continue;
		sc->bound[i].born = born;
		exhaust_start(&sc->bound[i].x);
		return (uint16_t)(i + 1);
	}
	sc->refused++;
	return 0;
}

/* A new owner of the slot, or none: what was raised for the old one is over. */
static void begin(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        struct event_queue *out)
{
	if (p->verdict.state == SCORE_RAISED) {
		p->verdict.risk = 0;
		p->verdict.left_s = NAN;
		tell(p, t, NAN, EVENT_CLEARED, out);
	}
	forget(sc, p);
	*p = (struct score){ .born = s->born,
		.limit = NAN,
		.count = NAN,
		.verdict = { .risk = NAN,
		        .left_s = NAN,
		        .used = NAN,
		        .usual = NAN,
		        .low_s = NAN,
		        .high_s = NAN } };
	for (int i = 0; i < HORIZONS; i++)
		p->verdict.within[i] = NAN;
	memcpy(p->name, s->name, sizeof(p->name));
	memcpy(p->instance, s->instance, sizeof(p->instance));
	if (s->born && isfinite(s->fails_at) && !metric_is_hard(s->kind))
		p->bound = find_bound(sc, s->born);
	if (p->bound)
		scorestate_recall(sc, p);
	if (p->bound || (s->born && metric_is_hard(s->kind)))
		p->cause = cause_join(&sc->causes, s->name, s->instance);
}

/* How long since the last sample; 0: all starts anew (the first, or a clock that jumps back). */
static double step_s(const struct score *p, const struct series *s)
{
	return p->at_ms == 0 || s->at_ms <= p->at_ms ? 0 : (double)(s->at_ms - p->at_ms) / 1000;
}

/* What has been learnt of the ratio is of the old limit: the same content is another part of the new. */
static void follow_limit(struct score *p, const struct series *s, struct bound *b)
{
	if (isnan(s->limit) || s->limit <= 0 || s->limit == p->limit)
		return;
	if (!isnan(p->limit)) {
		exhaust_rescale(&b->x, p->limit / s->limit);
		p->verdict.usual *= p->limit / s->limit;
	}
	p->limit = s->limit;
}

static void take_bounded(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf, struct event_queue *out)
{
	struct bound *b = &sc->bound[p->bound - 1];
	double dt_s = step_s(p, s), part;
	struct verdict *v = &p->verdict;

	if (dt_s <= 0) {
		exhaust_start(&b->x);
		p->calm_ms = 0;
	}
	if (dt_s <= 0 || dt_s > cf->horizon_s)
		p->first_ms = s->at_ms;
	follow_limit(p, s, b);
	v->used = s->value / s->fails_at;
	p->usual_s = fmin(p->usual_s + dt_s, usual_s);
	part = isnan(v->usual) ? 1 : p->usual_s > 0 ? fmin(dt_s / p->usual_s, 1) : 0;
	v->usual = (isnan(v->usual) ? 0 : (1 - part) * v->usual) + part * fmin(fmax(v->used, 0), 1);
	p->at_ms = s->at_ms;
	exhaust_add(&b->x, &sc->horizons, v->used, dt_s);
	if (learning(p, b, s->kind == METRIC_SOFT, cf)) {
		v->risk = v->left_s = NAN;
		if (v->state != SCORE_RAISED)
			v->state = SCORE_LEARNING;
		return;
	}
	if (v->state != SCORE_RAISED)
		v->state = SCORE_OK;
	judge(p, sc, b, s->kind == METRIC_SOFT);
	raise_or_clear(p, t, s->value, cf, out);
}

static void take_hard(struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out)
{
	struct verdict *v = &p->verdict;
	double dt_s = step_s(p, s), signs = hard_signs(s->kind, p->count, s->value);
	double weight = hard_weight(s->name);

	v->sign = true;
	v->risk = isnan(v->risk) ? 0 : hard_fade(v->risk, dt_s);
	v->times = v->risk < cf->clear ? signs : v->times + signs;
	if (signs > 0)
		v->risk = fmax(v->risk, weight);
	p->count = s->value;
	p->at_ms = s->at_ms;
	if (v->state != SCORE_RAISED)
		v->state = SCORE_OK;
	raise_or_clear(p, t, s->value, cf, out);
}

static void take(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out)
{
	if (isnan(s->value)) {
		/* Unknown is not well: what was raised stays so until it is known to be better. */
		p->verdict.risk = p->verdict.left_s = NAN;
		if (p->verdict.state != SCORE_RAISED)
			p->verdict.state = SCORE_UNKNOWN;
	} else if (metric_is_hard(s->kind)) {
		take_hard(p, t, s, cf, out);
	} else {
		take_bounded(sc, p, t, s, cf, out);
	}
}

/* Other horizons: the trends are of the old ones.  What has been raised stays so until it is known better. */
static void start_anew(struct scorer *sc)
{
	for (unsigned i = 0; i < BOUNDS_MAX; i++)
		if (sc->bound[i].born)
			exhaust_start(&sc->bound[i].x);
}

void score_update(struct scorer *sc, const struct table *t, const struct score_conf *cf,
        struct event_queue *out)
{
	if (horizons_set(&sc->horizons, cf->horizon_s, cf->alone))
		start_anew(sc);
	cause_begin(&sc->causes);
	for (unsigned i = 0; i < t->count; i++) {
		const struct series *s = &t->series[i];
		struct score *p = &sc->per[i];

		if (p->born != s->born)
			begin(sc, p, t, s, out);
		if (s->born == 0 || (!p->bound && !metric_is_hard(s->kind)))
			continue;
		if (s->at_ms != 0 && s->at_ms != p->at_ms)
			take(sc, p, t, s, cf, out);
		cause_say(&sc->causes, p->cause, p->verdict.risk, (int)i);
	}
	cause_end(&sc->causes);
	if (score_worst(sc, t) < 0)
		sc->causes.risk = NAN; /* no sign of failure yet is not being well */
}

/* A hard sign that was not seen says nothing of how the machine is. */
static bool speaks(const struct score *p, const struct series *s)
{
	const struct verdict *v = &p->verdict;

	return s->born && p->born == s->born && !isnan(v->risk) && !(v->sign && v->risk < 0.01);
}

int score_worst(const struct scorer *sc, const struct table *t)
{
	int worst = -1;

	for (unsigned i = 0; i < t->count; i++)
		if (speaks(&sc->per[i], &t->series[i]) &&
		        (worst < 0 || sc->per[i].verdict.risk > sc->per[worst].verdict.risk))
			worst = (int)i;
	return worst;
}
