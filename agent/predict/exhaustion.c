/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/exhaustion.h"

#include <math.h>

#include "agent/base/text.h"
#include "agent/predict/model/exhaustion_table.h"
#include "agent/predict/model/trees.h"

/* Points of a trend before the first assessment. */
enum { FIRST_POINTS = 8 };

/* A longer gap between samples, in horizons, restarts a trend. */
static const double gap = 0.8;

/* Largest weight of one point, however old the last one is: it may be a spike. */
static const double largest_weight = 0.75;

/* Risk of a ramp that was certain at two points in a row. */
static const double certain = 0.85;

/* Risk from which a time left is predicted; risk from which a horizon takes precedence over longer ones. */
static const double heading = 0.03, coming = 0.3;

/*
 * The trees' probability for recorded episodes that they were not trained on, and the observed share that failed, with
 * straight lines between.  The trees are trained to be cautious (ramps that stop, machines that never fail) and so
 * overrate low risks.  The trees' 0.862 becomes 0.8, the default for raising an alarm.
 */
static const struct {
	double predicted, observed;
} calibration[] = { { 0, 0 }, { 0.01, 0.0018 }, { 0.02, 0.004 }, { 0.035, 0.016 }, { 0.05, 0.032 },
	{ 0.07, 0.055 }, { 0.09, 0.07 }, { 0.135, 0.1 }, { 0.2, 0.165 }, { 0.27, 0.24 },
	{ 0.35, 0.296 }, { 0.43, 0.345 }, { 0.475, 0.383 }, { 0.525, 0.475 }, { 0.575, 0.565 },
	{ 0.66, 0.657 }, { 0.7, 0.73 }, { 0.765, 0.77 }, { 0.8619, 0.797 }, { 0.862, 0.885 },
	{ 0.89, 0.927 }, { 0.91, 0.96 }, { 0.95, 0.986 }, { 0.965, 0.996 }, { 1, 1 } };

static double calibrate_risk(double predicted)
{
	size_t i = 1;

	while (i < ARRAY_SIZE(calibration) - 1 && predicted > calibration[i].predicted)
		i++;
	return calibration[i - 1].observed +
	       (predicted - calibration[i - 1].predicted) /
	               (calibration[i].predicted - calibration[i - 1].predicted) *
	               (calibration[i].observed - calibration[i - 1].observed);
}

/*
 * Is the ramp certain to reach the limit?  It is straight, above all former levels, does not slow down, and reaches
 * the limit well within the horizon: a file that is copied, faster and straighter than the recorded episodes.
 * Nothing tells where it would stop, and once the trees are sure no time is left.  The fastest ramps must be straight
 * at the shortest scale, slower ones at three.
 */
static bool is_certain_ramp(const float f[static TREND_FEATURES])
{
	const float left = 0.36F, slows = -0.15F;

	if (f[0] >= left || f[20] < slows)
		return false;
	if (f[11] > 0.7F * f[0])
		return f[5] > 8 && f[6] > 4 && f[12] > 0.2F;
	return f[11] > 0.46F * f[0] && f[11] > 0.46F * f[1] && f[1] < left && f[12] > 0.12F &&
	       f[5] > 20 && f[6] > 20 && f[7] > 20;
}

bool horizons_set(struct horizons *h, double first_s, bool single)
{
	static const double longer_s[] = { 3600, 6 * 3600, 24 * 3600 };
	struct horizons new = { .count = 1, .s = { first_s } };

	for (int i = 0; i < 3 && !single; i++)
		if (longer_s[i] >= 2 * first_s)
			new.s[new.count++] = longer_s[i];
	if (h->count == new.count && h->s[0] == first_s)
		return false;
	*h = new;
	return true;
}

static const struct outlook unknown_outlook = { NAN, NAN, NAN, NAN, NAN };

static void start_horizon(struct exhaustion *x, unsigned i)
{
	trend_start(&x->trend[i]);
	x->outlook[i] = unknown_outlook;
	x->age_s[i] = 0;
}

void exhaustion_start(struct exhaustion *x)
{
	*x = (struct exhaustion){ 0 };
	for (unsigned i = 0; i < HORIZONS; i++)
		start_horizon(x, i);
}

/* Predicts the time left and its bounds by the trees; for a certain ramp, by the shortest line. */
static void predict_time_left(const float *f, double horizon_s, struct outlook *o)
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
 * Predicts the risk from log odds that are smoothed over several points.  Noise that looks like the end once raises no
 * alarm, and one better point does not end one.
 */
static double predict_risk(
        struct exhaustion *x, unsigned i, const struct trend_fade *fade, const float *f)
{
	double odds = risk_base + trees_sum_early_exit(risk_trees, RISK_TREES, risk_exits, f);
	bool before = x->straight[i];
	double risk;

	x->odds[i] += (float)(fmin(1 - fade->latest, largest_weight) * (odds - (double)x->odds[i]));
	x->straight[i] = is_certain_ramp(f);
	risk = calibrate_risk(1 / (1 + exp(-(double)x->odds[i])));
	return x->straight[i] && before ? fmax(risk, certain) : risk;
}

static void assess_horizon(struct exhaustion *x, const struct horizons *h, unsigned i)
{
	struct outlook *o = &x->outlook[i];
	float f[TREND_FEATURES];
	double pace;

	if (x->trend[i].n < FIRST_POINTS) {
		/* A trend also restarts by itself when a resource that was used up is relieved. */
		x->odds[i] = (float)risk_base;
		x->straight[i] = false;
		return;
	}
	pace = trend_features(&x->trend[i], f);
	o->risk = (float)predict_risk(x, i, &h->fade[i], f);
	o->pace_s = (float)(pace / h->s[i]);
	o->left_s = o->low_s = o->high_s = NAN;
	if (o->risk >= (float)heading)
		predict_time_left(f, h->s[i], o);
	x->at_s[i] = x->now_s;
}

void exhaustion_update(struct exhaustion *x, struct horizons *h, double used, double dt_s)
{
	x->now_s += dt_s;
	for (unsigned i = 0; i < h->count; i++) {
		if (dt_s > gap * h->s[i])
			start_horizon(x, i);
		x->age_s[i] += x->trend[i].n ? dt_s : 0;
		if (trend_add(&x->trend[i], used, dt_s / h->s[i], &h->fade[i]))
			assess_horizon(x, h, i);
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
