/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/explain.h"

#include <math.h>
#include <string.h>

#include "agent/exposition_text.h"
#include "agent/reason.h"

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *within(const struct scorer *sc, const struct verdict *v)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < sc->horizons.count && !v->sign; i++)
		(void)json_array_append_new(
		        list, json_pack("{so so}", "horizon_s", number(sc->horizons.s[i]), "risk",
		                      number(v->within[i])));
	return list;
}

static json_t *series(const struct scorer *sc, const struct table *t, unsigned i)
{
	const struct series *s = &t->series[i];
	const struct verdict *v = &sc->per[i].verdict;
	const char *why = table_why(t, s);
	char reason[EVENT_REASON], instance[EXPOSITION_TEXT], clean[EXPOSITION_TEXT];

	score_reason(s->name, s->instance, v, reason);
	exposition_utf8(s->instance, instance); /* names of a guest are bytes */
	exposition_utf8(*why ? why : reason, clean);
	return json_pack("{ss ss ss so so so so so so so so so so ss*}", "metric", s->name,
	        "instance", instance, "state", score_states[v->state], "risk", number(v->risk),
	        "value", number(s->value), "limit", number(v->sign ? NAN : s->fails_at), "used",
	        number(v->used), "usual", number(v->usual), "per_s",
	        number(v->sign ? NAN : v->per_s), "left_s", number(v->left_s), "left_low_s",
	        number(v->low_s), "left_high_s", number(v->high_s), "within", within(sc, v),
	        "reason", clean);
}

static json_t *members(const struct scorer *sc, const struct table *t, unsigned place)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->count; i++)
		if (t->series[i].born && sc->per[i].born == t->series[i].born &&
		        sc->per[i].cause == place)
			(void)json_array_append_new(list, series(sc, t, i));
	return list;
}

/* How much of the machine's risk is this cause's: parts of the whole, in log odds of all being well. */
static double share(double risk, double all)
{
	return isnan(risk) || risk <= 0 || all <= 0
	               ? 0
	               : log1p(-fmin(risk, 0.999)) / log1p(-fmin(all, 0.999));
}

static void by_risk(json_t *list)
{
	size_t n = json_array_size(list);

	/* A handful: each time the highest of what is left goes to the end of those before it. */
	for (size_t i = 0; i < n; i++) {
		size_t best = i;
		double most = -1;

		for (size_t j = i; j < n; j++) {
			double risk =
			        json_number_value(json_object_get(json_array_get(list, j), "risk"));

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
		if (t->series[i].born == 0 || sc->per[i].born != t->series[i].born ||
		        !sc->per[i].cause)
			continue;
		raised += sc->per[i].verdict.state == SCORE_RAISED;
		learning += sc->per[i].verdict.state == SCORE_LEARNING;
	}
	for (unsigned i = 0; i < sc->causes.count; i++) {
		const struct cause *c = &sc->causes.cause[i];
		char instance[EXPOSITION_TEXT];

		if (c->members == 0)
			continue;
		exposition_utf8(c->instance, instance);
		(void)json_array_append_new(
		        list, json_pack("{ss ss so so so}", "cause", c->name, "instance", instance,
		                      "risk", number(c->risk), "share",
		                      number(share(c->risk, sc->causes.risk)), "metrics",
		                      members(sc, t, i + 1)));
	}
	by_risk(list);
	return json_pack("{ss so sI so so sI sI so}", "state",
	        raised                   ? "failing"
	        : isnan(sc->causes.risk) ? "learning"
	                                 : "ok",
	        "risk", number(sc->causes.risk), "horizon_s", (json_int_t)cf->horizon_s, "raise",
	        number(score_raise(cf)), "unusual", number(sc->unusual), "raised",
	        (json_int_t)raised, "learning", (json_int_t)learning, "causes", list);
}
