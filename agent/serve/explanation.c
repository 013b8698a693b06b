/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/explanation.h"

#include <math.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/predict/reason.h"

static json_t *list_horizon_risks(const struct scorer *sc, const struct verdict *v)
{
	json_t *list = json_array();

	if (v->is_drive)
		(void)json_array_append_new(
		        list, json_pack("{so so}", "horizon_s", json_from_number(sc->horizons.s[0]),
		                      "risk", json_from_number(v->risk_in_horizon)));
	for (unsigned i = 0; i < sc->horizons.count && !v->is_fault; i++)
		(void)json_array_append_new(
		        list, json_pack("{so so}", "horizon_s", json_from_number(sc->horizons.s[i]),
		                      "risk", json_from_number(v->within[i])));
	return list;
}

static json_t *explain_one_series(const struct scorer *sc, const struct table *t, unsigned i)
{
	const struct series *s = &t->series[i];
	const struct verdict *v = score_verdict(sc, t, i);
	const char *why = table_why(t, s);
	char reason[EVENT_REASON];

	score_reason(s->name, s->instance, v, reason);
	return json_pack("{ss so ss so so so so so so so so so so so}", "metric", s->name,
	        "instance", json_from_bytes(s->instance), "state", score_states[v->state], "risk",
	        json_from_number(v->risk), "value", json_from_number(s->value), "limit",
	        json_from_number(v->is_fault ? NAN : s->fails_at), "used",
	        json_from_number(v->used), "usual", json_from_number(v->baseline), "per_s",
	        json_from_number(v->is_fault ? NAN : v->slope_per_s), "left_s",
	        json_from_number(v->left_s), "left_low_s", json_from_number(v->low_s),
	        "left_high_s", json_from_number(v->high_s), "within", list_horizon_risks(sc, v),
	        "reason", json_from_bytes(*why ? why : reason));
}

static json_t *explain_anomaly(const struct anomaly_effect *o)
{
	const bool active = anomaly_effect_is_active(o);
	char words[EVENT_ANOMALY_MAX];

	anomaly_effect_describe(o, words);
	return json_pack("{so ss so sb so so}", "now", json_from_number(o->now), "metric",
	        active ? o->name : "", "instance", json_from_bytes(active ? o->instance : ""),
	        "together", active && o->why.together, "share",
	        json_from_number(active ? o->why.share : NAN), "reason", json_from_bytes(words));
}

static json_t *explain_group_members(const struct scorer *sc, const struct table *t, unsigned place)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->count; i++)
		if (score_of(sc, t, i) && score_of(sc, t, i)->group == place)
			(void)json_array_append_new(list, explain_one_series(sc, t, i));
	return list;
}

static bool is_group_raised(const struct scorer *sc, const struct table *t, unsigned place)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct score *p = score_of(sc, t, i);

		if (p && p->group == place && p->verdict.state == SCORE_RAISED)
			return true;
	}
	return false;
}

/* Returns the group's share of the machine's risk, computed in log survival probabilities. */
static double share_of_risk(double risk, double all)
{
	return isnan(risk) || risk <= 0 || all <= 0
	               ? 0
	               : log1p(-fmin(risk, 0.999)) / log1p(-fmin(all, 0.999));
}

/*
 * Raised series come first: the risk of a drive is for a month, so its share of the machine's risk
 * is small.
 */
static double rank_of_group(const json_t *o)
{
	return json_number_value(json_object_get(o, "risk")) +
	       (json_is_true(json_object_get(o, "raised")) ? 1 : 0);
}

static void sort_groups_by_rank(json_t *list)
{
	size_t n = json_array_size(list);

	/* Selection sort: there are only a few groups. */
	for (size_t i = 0; i < n; i++) {
		size_t best = i;
		double most = -1;

		for (size_t j = i; j < n; j++) {
			double risk = rank_of_group(json_array_get(list, j));

			if (risk > most) {
				most = risk;
				best = j;
			}
		}
		json_t *o = json_incref(json_array_get(list, best));
		(void)json_array_remove(list, best);
		(void)json_array_insert_new(list, i, o);
	}
}

json_t *explain(const struct scorer *sc, const struct table *t, const struct score_conf *cf)
{
	json_t *list = json_array();
	unsigned raised = 0, learning = 0;

	for (unsigned i = 0; i < t->count; i++) {
		raised +=
		        score_verdict(sc, t, i)->state == SCORE_RAISED && !score_is_local(sc, t, i);
		learning += score_verdict(sc, t, i)->state == SCORE_LEARNING;
	}
	for (unsigned i = 0; i < sc->groups.count; i++) {
		const struct risk_group *c = &sc->groups.group[i];

		if (c->members == 0)
			continue;
		(void)json_array_append_new(list,
		        json_pack("{ss so so so so sb so}", "cause", c->name, "instance",
		                json_from_bytes(c->instance), "risk", json_from_number(c->risk),
		                "alone", json_from_number(c->base_risk), "share",
		                json_from_number(share_of_risk(c->risk, sc->groups.risk)), "raised",
		                is_group_raised(sc, t, i + 1), "metrics",
		                explain_group_members(sc, t, i + 1)));
	}
	sort_groups_by_rank(list);
	return json_pack("{ss so so sI so so sI sI so}", "state",
	        raised                   ? "failing"
	        : isnan(sc->groups.risk) ? "learning"
	                                 : "ok",
	        "risk", json_from_number(sc->groups.risk), "alone",
	        json_from_number(sc->groups.base_risk), "horizon_s", (json_int_t)cf->horizon_s,
	        "raise", json_from_number(alarm_threshold(cf)), "unusual",
	        explain_anomaly(&sc->anomaly), "raised", (json_int_t)raised, "learning",
	        (json_int_t)learning, "causes", list);
}
