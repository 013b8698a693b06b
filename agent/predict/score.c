/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/score.h"

#include <math.h>
#include <string.h>

#include "agent/predict/score_internal.h"

const char *const score_states[] = {
	[SCORE_UNKNOWN] = "unknown",
	[SCORE_LEARNING] = "learning",
	[SCORE_OK] = "ok",
	[SCORE_RAISED] = "raised",
};

static const struct verdict score_nothing = { .risk = NAN,
	.risk_in_horizon = NAN,
	.base_risk = NAN,
	.left_s = NAN,
	.low_s = NAN,
	.high_s = NAN,
	.used = NAN,
	.baseline = NAN,
	.within = { NAN, NAN, NAN, NAN } };

static void release_score(struct scorer *sc, struct score *p)
{
	if (p->bound)
		sc->bound[p->bound - 1].generation = 0;
	drive_history_leave(&sc->drives, p->drive);
	risk_group_leave(&sc->groups, p->group);
	p->generation = 0;
}

static uint16_t allocate_bound(struct scorer *sc, uint32_t generation)
{
	for (unsigned i = 0; i < BOUNDS_MAX; i++) {
		if (sc->bound[i].generation)
			continue;
		sc->bound[i].generation = generation;
		exhaustion_start(&sc->bound[i].x);
		return (uint16_t)(i + 1);
	}
	sc->refused++;
	return 0;
}

/* Returns the place of the first free score; there is one for each series. */
static uint16_t find_free_score(const struct scorer *sc)
{
	uint16_t i = 0;

	while (sc->score[i].generation)
		i++;
	return i + 1;
}

static bool is_scored(const struct series *s)
{
	return s->generation && (isfinite(s->fails_at) || metric_is_fault(s->kind));
}

static void start_score(struct scorer *sc, struct score *p, const struct series *s)
{
	*p = (struct score){
		.generation = s->generation, .limit = NAN, .count = NAN, .verdict = score_nothing
	};
	memcpy(p->name, s->name, sizeof(p->name));
	memcpy(p->instance, s->instance, sizeof(p->instance));
	if (s->kind == METRIC_DRIVE)
		p->drive = drive_history_join(&sc->drives, s);
	else if (!metric_is_fault(s->kind))
		p->bound = allocate_bound(sc, s->generation);
	if (p->bound)
		score_state_restore(sc, p);
	if (p->bound || metric_is_fault(s->kind))
		p->group = risk_group_join(&sc->groups, s->name, s->instance);
}

/* Gives the slot to another series or to none; clears the alarm of the old one. */
static void claim_score_slot(
        struct scorer *sc, unsigned i, const struct table *t, struct event_queue *out)
{
	const struct series *s = &t->series[i];
	struct score *p = sc->place[i] ? &sc->score[sc->place[i] - 1] : NULL;

	if (p && p->verdict.state == SCORE_RAISED) {
		p->verdict.risk = 0;
		p->verdict.left_s = NAN;
		alarm_emit(sc, p, t, NAN, EVENT_CLEARED, out);
	}
	if (p)
		release_score(sc, p);
	sc->generation[i] = s->generation;
	sc->place[i] = is_scored(s) ? find_free_score(sc) : 0;
	if (sc->place[i])
		start_score(sc, &sc->score[sc->place[i] - 1], s);
}

/* Restarts all trends after a change of horizons. Raised series stay raised until new risks are known. */
static void restart_trends(struct scorer *sc)
{
	for (unsigned i = 0; i < BOUNDS_MAX; i++)
		if (sc->bound[i].generation)
			exhaustion_start(&sc->bound[i].x);
}

const struct score *score_of(const struct scorer *sc, const struct table *t, unsigned i)
{
	return sc->place[i] && t->series[i].generation == sc->generation[i]
	               ? &sc->score[sc->place[i] - 1]
	               : NULL;
}

const struct verdict *score_verdict(const struct scorer *sc, const struct table *t, unsigned i)
{
	const struct score *p = score_of(sc, t, i);

	return p ? &p->verdict : &score_nothing;
}

/* A fault that did not occur says nothing about the machine's health. */
static bool is_informative(const struct verdict *v)
{
	return !isnan(v->risk_in_horizon) && !(v->is_fault && v->risk_in_horizon < 0.01);
}

/* Concludes from a new sample.  Unknown is not ok: a raised series stays raised until its risk is known again. */
static void update_verdict(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf, struct event_queue *out)
{
	const struct assessment a = score_sample(sc, p, t, s, cf);
	struct verdict *v = &p->verdict;

	if (a.state != SCORE_OK) {
		v->risk = v->risk_in_horizon = v->left_s = NAN;
		if (v->state != SCORE_RAISED)
			v->state = a.state;
		return;
	}
	v->base_risk = fmax(a.risk, a.level_risk);
	v->risk_in_horizon = fmax(risk_group_raise(&sc->groups, p->group, a.risk), a.level_risk);
	v->risk = fmax(v->risk_in_horizon, a.month_risk);
	alarm_update(sc, p, t, s->value, cf, out);
}

void score_update(struct scorer *sc, const struct table *t, const struct score_conf *cf,
        struct event_queue *out)
{
	const struct anomaly_effect *o = &sc->anomaly;
	bool informed = false;

	if (horizons_set(&sc->horizons, cf->horizon_s, cf->single_horizon))
		restart_trends(sc);
	for (unsigned i = 0; i < t->count; i++)
		if (sc->generation[i] != t->series[i].generation)
			claim_score_slot(sc, i, t, out);
	risk_groups_begin(&sc->groups, o->name, o->instance, anomaly_effect_odds(o));
	for (unsigned i = 0; i < t->count; i++) {
		const struct series *s = &t->series[i];
		struct score *p = sc->place[i] ? &sc->score[sc->place[i] - 1] : NULL;

		if (!p || (!p->bound && !metric_is_fault(s->kind)))
			continue;
		if (s->at_ms != 0 && s->at_ms != p->at_ms)
			update_verdict(sc, p, t, s, cf, out);
		risk_group_report(&sc->groups, p->group, p->verdict.risk_in_horizon,
		        p->verdict.base_risk, (int)i);
		informed = informed || (is_informative(&p->verdict) && !score_is_local(sc, t, i));
	}
	risk_groups_end(&sc->groups);
	if (!informed)
		sc->groups.risk = sc->groups.base_risk = NAN;
}

bool score_is_local(const struct scorer *sc, const struct table *t, unsigned i)
{
	const struct score *p = score_of(sc, t, i);

	return p && p->group && sc->groups.group[p->group - 1].is_local;
}

int score_worst(const struct scorer *sc, const struct table *t)
{
	double most = -1;
	int worst = -1;

	for (unsigned i = 0; i < t->count; i++) {
		const struct verdict *v = score_verdict(sc, t, i);

		if (!is_informative(v) || v->risk_in_horizon <= most || score_is_local(sc, t, i))
			continue;
		most = v->risk_in_horizon;
		worst = (int)i;
	}
	return worst;
}
