/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/anomaly_effect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/predict/fault.h"

/* Largest factor of the odds. */
static const double odds_max = 3;

/* Score below which the effect ends. */
static const double score_min = 0.05;

void anomaly_effect_update(struct anomaly_effect *o, struct anomaly *u, const struct table *t)
{
	double score = anomaly_update(u, t);
	const struct anomaly_reason why = anomaly_reason(u);
	/* A healthy machine reaches a score of 0.5 once in a thousand samples. */
	double excess = isnan(score) ? 0 : fmax(0, 2 * score - 1);
	double dt_s = t->now_ms > o->at_ms ? (double)(t->now_ms - o->at_ms) / 1000 : 0;
	const struct series *s = &t->series[why.series < 0 ? 0 : why.series];

	o->now = fault_decay(o->now, dt_s);
	o->at_ms = t->now_ms;
	if (excess > 0 && excess >= o->now && why.series >= 0) {
		o->now = excess;
		o->why = why;
		memcpy(o->name, s->name, sizeof(o->name));
		memcpy(o->instance, s->instance, sizeof(o->instance));
	}
	if (o->now < score_min)
		o->now = 0;
}

double anomaly_effect_odds(const struct anomaly_effect *o)
{
	return 1 + (odds_max - 1) * o->now;
}

bool anomaly_effect_is_active(const struct anomaly_effect *o)
{
	return o->now > 0;
}

void anomaly_effect_describe(const struct anomaly_effect *o, char ret[static EVENT_ANOMALY_MAX])
{
	static const char *const how[NOVELTY_REASONS] = { [NOVELTY_NONE] = "is unlike its past",
		[NOVELTY_LEVEL] = "leaves the range seen so far",
		[NOVELTY_MEAN] = "leaves it on average",
		[NOVELTY_VARIABILITY] = "varies as it never did",
		[NOVELTY_SHAPE] = "moves as it never did" };

	*ret = '\0';
	if (!anomaly_effect_is_active(o))
		return;
	(void)snprintf(ret, EVENT_ANOMALY_MAX, *o->instance ? "%s[%s] %s" : "%s%s %s", o->name,
	        o->instance, o->why.together ? "moves unlike the others" : how[o->why.how]);
}
