/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/anomaly_effect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/predict/fault.h"

/* The odds of a cause are at most so many times as high. */
static const double odds_most = 3;

/* Below this it is forgotten. */
static const double faint = 0.05;

void odd_hear(struct odd *o, struct unusual *u, const struct table *t)
{
	double unusual = unusual_update(u, t); /* NAN: nothing is known */
	const struct unusual_why why = unusual_why(u);
	/* From 0.5 it is worth a word; a healthy machine gets there once in a thousand samples. */
	double heard = isnan(unusual) ? 0 : fmax(0, 2 * unusual - 1);
	double dt_s = t->now_ms > o->at_ms ? (double)(t->now_ms - o->at_ms) / 1000 : 0;
	const struct series *s = &t->series[why.series < 0 ? 0 : why.series];

	o->now = hard_fade(o->now, dt_s);
	o->at_ms = t->now_ms;
	if (heard > 0 && heard >= o->now && why.series >= 0) {
		o->now = heard;
		o->why = why;
		memcpy(o->name, s->name, sizeof(o->name));
		memcpy(o->instance, s->instance, sizeof(o->instance));
	}
	if (o->now < faint)
		o->now = 0;
}

double odd_up(const struct odd *o, const struct cause *of, double risk)
{
	double more = 1 + (odds_most - 1) * o->now;

	if (o->now <= 0 || isnan(risk) || cause_is(of, o->name, o->instance))
		return risk;
	return risk * more / (1 + risk * (more - 1));
}

bool odd_tells(const struct odd *o)
{
	return o->now > 0;
}

void odd_words(const struct odd *o, char ret[static EVENT_ANOMALY_MAX])
{
	static const char *const how[NOVELTY_WHYS] = { [NOVELTY_NONE] = "is unlike its past",
		[NOVELTY_LEVEL] = "leaves the range seen so far",
		[NOVELTY_MEAN] = "leaves it on average",
		[NOVELTY_UNREST] = "varies as it never did",
		[NOVELTY_SHAPE] = "moves as it never did" };

	*ret = '\0';
	if (!odd_tells(o))
		return;
	(void)snprintf(ret, EVENT_ANOMALY_MAX, *o->instance ? "%s[%s] %s" : "%s%s %s", o->name,
	        o->instance, o->why.together ? "moves unlike the others" : how[o->why.how]);
}
