/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/anomaly/novelty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/anomaly/log1p_exact.h"

/* tests/prediction/nab.c includes this file and changes the parameters. */
#ifndef NOVELTY_PARAMETERS
#define NOVELTY_PARAMETERS static const
#endif

/* Found by tests/prediction/nab.c as the middle of a plateau; no parameter depends on one series. */
NOVELTY_PARAMETERS struct novelty_parameters {
	double gain; /* slope of the answer outside a range */
	double mean_weight, variability_weight, shape_weight; /* the level's weight is 1 */
	double short_rate, centre_rate, variability_rate;     /* rates of the short means */
	double slow_rate;                                     /* rate of the slow mean */
	double half_scale; /* standard deviations at half of the scale of shapes */
	double usual_rate; /* rate of the usual distance */
	double least;      /* distance that never counts */
	double shape_gain; /* slope of the answer to a distance */
	double fade;       /* samples in which the envelope decays */
	double margin;     /* part by which a sum must exceed the envelope */
	double middle;     /* sum that becomes the score 0.5 */
} parameters = { 13, .22, 1.25, 1.1, .39, .05, .09, .0005, 4.8, .0002, 1.9, .9, 125, .6, 1.1 };

/* Part of a range that is given up per sample. */
static const double range_decay = 5e-6;

enum {
	APART = 12, /* pieces: a nearer shape overlaps the latest one */
	FEW = 12,   /* shapes to compare with before the first distance */
};

/* Values are clamped to this, so that their squares are finite. */
static const double largest_value = 1e150;

/* Leaving a range by more than this many of its widths counts no more. */
static const double farthest = 1e3;

/* A range is never narrower than this part of its level: smaller differences are rounding errors. */
static const double grain = 1e-6;

void novelty_start(struct novelty *k)
{
	memset(k, 0, sizeof(*k));
}

/* Returns the rate of a mean that is plain at first and exponential later. */
static double novelty_rate(const struct novelty *k, double a)
{
	return k->n * a < 1 ? 1.0 / k->n : a;
}

static void follow_mean(double *mean, double x, double rate)
{
	*mean += rate * (x - *mean);
}

/* Returns by how many of its widths x leaves the range, then extends the range to x. */
static double exceed_range(struct novelty_range *s, double x, double narrowest)
{
	double width = s->high - s->low, given_up = range_decay * width;
	double out = x > s->high ? x - s->high : x < s->low ? s->low - x : 0;

	if (out > 0)
		out /= fmax(width, narrowest);
	s->low = fmin(s->low + given_up, x);
	s->high = fmax(s->high - given_up, x);
	return out < farthest ? out : farthest;
}

/* Returns the distance to the second nearest shape: one like it may be an incident, two are a habit. */
static int second_nearest(const uint16_t *distance, int from, int to)
{
	int first = INT16_MAX, second = INT16_MAX;

	for (int lag = from; lag < to; lag++) {
		int d = distance[lag];

		second = d < first ? first : d < second ? d : second;
		first = d < first ? d : first;
	}
	return second;
}

/*
 * Completes a piece and compares the shape that it ends with all remembered ones.  For each lag, the new piece's
 * distance is added and that of the piece which the shape no longer covers is subtracted: exact, in integers.
 */
static void complete_piece(struct novelty *k)
{
	enum { KEPT = NOVELTY_LAGS + NOVELTY_SHAPE_PIECES };
	const int8_t *past = k->past, *covered = past + NOVELTY_SHAPE_PIECES;
	int last;

	memmove(k->past + 1, k->past, KEPT);
	k->past[0] = (int8_t)(k->piece * (127.0F / NOVELTY_PIECE));
	k->piece = 0;
	k->in_piece = 0;
	if (k->pieces < KEPT)
		k->pieces++;
	for (int lag = 0; lag < NOVELTY_LAGS; lag++) {
		int added = abs(past[0] - past[1 + lag]),
		    removed = abs(covered[0] - covered[1 + lag]);

		k->lag_distance[lag] = (uint16_t)(k->lag_distance[lag] + added - removed);
	}
	last = k->pieces - NOVELTY_SHAPE_PIECES;
	if (last >= APART + FEW)
		k->distance = (float)second_nearest(k->lag_distance, APART, last) /
		              (float)NOVELTY_SHAPE_PIECES;
}

/* Adds a sample to the current piece, on a scale of standard deviations squeezed to -1 to 1. */
static void add_to_piece(struct novelty *k, double x)
{
	double sd = sqrt(k->var), u = x - k->mean;

	k->piece += (float)(sd > 0 ? u / (parameters.half_scale * sd + fabs(u)) : 0);
	if (++k->in_piece == NOVELTY_PIECE)
		complete_piece(k);
}

/* Returns how unlike the remembered shapes the latest is, against the usual distance of this series. */
static double answer_shape(struct novelty *k)
{
	double out = (double)k->distance / ((double)k->usual_distance + parameters.least);

	k->usual_distance +=
	        (float)novelty_rate(k, parameters.usual_rate) * (k->distance - k->usual_distance);
	return parameters.shape_weight * ln1p(parameters.shape_gain * out);
}

/* Answers the three questions about ranges: of the value, of its short mean, of its variability. */
static void answer_ranges(struct novelty *k, double x, double part[static NOVELTY_REASONS])
{
	const double gain = parameters.gain;
	double narrowest = grain * fmax(fabs(k->level.low), fabs(k->level.high)), d = x - k->centre;

	follow_mean(&k->short_mean, x, novelty_rate(k, parameters.short_rate));
	follow_mean(&k->centre, x, novelty_rate(k, parameters.centre_rate));
	follow_mean(&k->variability, d * d, novelty_rate(k, parameters.variability_rate));
	part[NOVELTY_LEVEL] = ln1p(gain * exceed_range(&k->level, x, narrowest));
	part[NOVELTY_MEAN] = parameters.mean_weight *
	                     ln1p(gain * exceed_range(&k->means, k->short_mean, narrowest));
	part[NOVELTY_VARIABILITY] =
	        parameters.variability_weight *
	        ln1p(gain * exceed_range(&k->variabilities, sqrt(k->variability), narrowest));
}

static void follow_scale(struct novelty *k, double x)
{
	double a = novelty_rate(k, parameters.slow_rate), d = x - k->mean;

	k->mean += a * d;
	k->var += a * (d * d * (1 - a) - k->var);
}

/* Returns the sum when it exceeds the recent ones by the margin, else 0. */
static double pass_envelope(struct novelty *k, double sum)
{
	double passed = sum > (double)k->envelope * (1 + parameters.margin) ? sum : 0;

	k->envelope = (float)fmax(passed, (double)k->envelope * (1 - 1 / parameters.fade));
	return passed;
}

/* Returns the reason with the largest part; the level comes first when it has at least half of that. */
static enum novelty_reason largest_part(const double part[static NOVELTY_REASONS])
{
	enum novelty_reason top = NOVELTY_LEVEL;

	for (enum novelty_reason i = NOVELTY_MEAN; i < NOVELTY_REASONS; i++)
		if (part[i] > part[top])
			top = i;
	return part[top] <= 0                         ? NOVELTY_NONE
	       : 2 * part[NOVELTY_LEVEL] >= part[top] ? NOVELTY_LEVEL
	                                              : top;
}

double novelty_update(struct novelty *k, double x)
{
	double part[NOVELTY_REASONS] = { 0 }, sum = 0;

	if (!isfinite(x))
		return NAN;
	x = fmin(fmax(x, -largest_value), largest_value);
	if (k->n == 0) {
		k->mean = k->short_mean = k->centre = x;
		k->level = k->means = (struct novelty_range){ x, x };
	}
	k->n += k->n < UINT32_MAX;
	answer_ranges(k, x, part);
	add_to_piece(k, x);
	part[NOVELTY_SHAPE] = answer_shape(k);
	follow_scale(k, x);
	k->why = (uint8_t)largest_part(part);
	for (int i = NOVELTY_LEVEL; i < NOVELTY_REASONS; i++)
		sum += part[i];
	if (k->n <= NOVELTY_WARMUP)
		return 0;
	sum = pass_envelope(k, sum);
	return sum / (sum + parameters.middle);
}

const char *novelty_label(enum novelty_reason why)
{
	static const char *const label[NOVELTY_REASONS] = { "none", "level", "mean", "unrest",
		"shape" };

	return (unsigned)why < NOVELTY_REASONS ? label[why] : "";
}
