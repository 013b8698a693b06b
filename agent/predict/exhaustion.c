/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/exhaustion.h"

#include <math.h>

#include "agent/predict/calibration.h"
#include "agent/predict/model/exhaustion_table.h"
#include "agent/predict/model/trees.h"

/* Points before a slope means anything. */
enum { FIRST_POINTS = 8 };

/* A gap of more than this, in horizons, starts a trend anew. */
static const double gap = 0.8;

/* However long it has been, one point counts for no more: it may be a spike. */
static const double most_of_one = 0.75;

/* The risk of a line that was beyond doubt at two points in a row. */
static const double certain = 0.85;

/* Below this risk no time left is given; from the other on a horizon's word counts before longer ones'. */
static const double heading = 0.03, coming = 0.3;

bool horizons_set(struct horizons *h, double first_s, bool alone)
{
	static const double longer_s[] = { 3600, 6 * 3600, 24 * 3600 };
	struct horizons new = { .count = 1, .s = { first_s } };

	for (int i = 0; i < 3 && !alone; i++)
		if (longer_s[i] >= 2 * first_s)
			new.s[new.count++] = longer_s[i];
	if (h->count == new.count && h->s[0] == first_s)
		return false;
	*h = new;
	return true;
}

static const struct outlook nothing = { NAN, NAN, NAN, NAN, NAN };

static void start(struct exhaustion *x, unsigned i)
{
	trend_start(&x->trend[i]);
	x->outlook[i] = nothing;
	x->age_s[i] = 0;
}

void exhaustion_start(struct exhaustion *x)
{
	*x = (struct exhaustion){ 0 };
	for (unsigned i = 0; i < HORIZONS; i++)
		start(x, i);
}

/*
 * The time left, in horizons, as the trees say, and how far off they were on episodes they had not seen; that
 * of a line beyond doubt is its own.
 */
static void look_ahead(const float *f, double horizon_s, struct outlook *o)
{
	double log_left = is_certain_ramp(f) ? log((double)f[0])
	                                     : left_base + trees_sum(left_trees, LEFT_TREES, f);
	unsigned i = 0;

	while (i < LEFT_SPANS - 1 && log_left > left_span[i].below)
		i++;
	o->left_s = (float)(exp(log_left) * horizon_s);
	o->low_s = (float)(exp(log_left + left_span[i].low) * horizon_s);
	o->high_s = (float)(exp(log_left + left_span[i].high) * horizon_s);
}

/*
 * What the trees say of one point is taken in by its part of the time that is remembered: noise that looks like
 * the end once is not told, and one point that looks better does not silence what several said.
 */
static double risk_of(
        struct exhaustion *x, unsigned i, const struct trend_fade *fade, const float *f)
{
	double odds = risk_base + trees_sum_early_exit(risk_trees, RISK_TREES, risk_exits, f);
	bool before = x->straight[i];
	double risk;

	x->odds[i] += (float)(fmin(1 - fade->latest, most_of_one) * (odds - (double)x->odds[i]));
	x->straight[i] = is_certain_ramp(f);
	risk = calibrate(1 / (1 + exp(-(double)x->odds[i])));
	return x->straight[i] && before ? fmax(risk, certain) : risk;
}

static void judge(struct exhaustion *x, const struct horizons *h, unsigned i)
{
	struct outlook *o = &x->outlook[i];
	float f[TREND_FEATURES];
	double pace;

	if (x->trend[i].n < FIRST_POINTS) {
		/* Of every trend, also one that began anew by itself when what failed was relieved. */
		x->odds[i] = (float)risk_base;
		x->straight[i] = false;
		return;
	}
	pace = trend_features(&x->trend[i], f);
	o->risk = (float)risk_of(x, i, &h->fade[i], f);
	o->pace_s = (float)(pace / h->s[i]);
	o->left_s = o->low_s = o->high_s = NAN;
	if (o->risk >= (float)heading)
		look_ahead(f, h->s[i], o);
	x->at_s[i] = x->now_s;
}

void exhaustion_update(struct exhaustion *x, struct horizons *h, double used, double dt_s)
{
	x->now_s += dt_s;
	for (unsigned i = 0; i < h->count; i++) {
		if (dt_s > gap * h->s[i])
			start(x, i);
		x->age_s[i] += x->trend[i].n ? dt_s : 0;
		if (trend_add(&x->trend[i], used, dt_s / h->s[i], &h->fade[i]))
			judge(x, h, i);
	}
}

void exhaustion_rescale(struct exhaustion *x, double ratio)
{
	for (unsigned i = 0; i < HORIZONS; i++)
		trend_rescale(&x->trend[i], ratio);
}

double exhaustion_risk(const struct exhaustion *x, unsigned i)
{
	double risk = x->outlook[i].risk;

	for (unsigned j = 0; j < i && !isnan(risk); j++)
		risk = fmax(risk, x->outlook[j].risk);
	return risk;
}

struct time_left exhaustion_time_left(const struct exhaustion *x, const struct horizons *h)
{
	const struct time_left none = { NAN, NAN, NAN };
	int best = -1;
	double ago;

	for (unsigned i = 0; i < h->count; i++) {
		if (isnan(x->outlook[i].left_s))
			continue;
		if (best < 0 || x->outlook[i].risk > x->outlook[best].risk)
			best = (int)i;
		if (x->outlook[i].risk >= (float)coming)
			break;
	}
	if (best < 0)
		return none;
	ago = x->now_s - x->at_s[best];
	return (struct time_left){ .s = fmax(0, x->outlook[best].left_s - ago),
		.low_s = fmax(0, x->outlook[best].low_s - ago),
		.high_s = fmax(0, x->outlook[best].high_s - ago) };
}
