/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trend.h - where a bounded resource is heading: three regressions at scales of the horizon, and what
 * tells a ramp from a sawtooth.
 *
 * Pure arithmetic on (time, used ratio) pairs, exact for irregular intervals.  About 350 bytes and
 * 200 ns per sample; no allocation.
 */
#ifndef AGENT_TREND_H
#define AGENT_TREND_H

#include <stdbool.h>

enum {
	TREND_SCALES = 3, /* horizon / 12, / 4, * 0.8 */
	TREND_PEAKS = 6,  /* pieces of horizon / 12: what is older than a third of it is "before" */
	TREND_FEATURES = 11,
};

/* Sums of an exponentially weighted regression; time counts back from the latest sample. */
struct ew_line {
	double w, t, tt, y, ty, yy;
};

struct trend {
	unsigned n;     /* samples taken in since the last restart */
	double last;    /* latest value */
	double since_s; /* age of the first sample */
	struct ew_line line[TREND_SCALES];
	double peak[TREND_PEAKS]; /* maxima of the latest pieces */
	double piece_s;           /* age of the newest piece */
	double before;            /* maximum of all that is older */
	double up;                /* share of samples that rose, of late */
	double drop;              /* deepest fall of late */
	double top;               /* ... from here */
};

void trend_start(struct trend *k);

/* Takes in a value `dt_s` (> 0; any for the first) after the one before. */
void trend_add(struct trend *k, double u, double dt_s, double horizon_s);

/* A regression as of now. */
struct slope {
	double level;  /* where the line is now */
	double per_s;  /* its slope; 0 = flat or not known */
	double se;     /* standard error of the slope */
	double spread; /* standard deviation around the line */
};
struct slope trend_slope(const struct trend *k, int scale);

/* Seconds until the line reaches 1, `most_s` when it does not or later. */
double trend_left_s(const struct slope *s, double most_s);

/* What the model sees; see trend.c for each. */
void trend_features(const struct trend *k, double horizon_s, double ret[static TREND_FEATURES]);

/* Higher than it has been before, and rising beyond doubt at the middle scale. */
bool trend_breaks_out(const struct trend *k);

#endif
