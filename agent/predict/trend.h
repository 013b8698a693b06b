/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trend.h - the course of a bounded resource over one horizon: regressions at five scales, past
 * maxima, and turning points. Pure arithmetic on (time, used ratio) pairs, exact for irregular
 * intervals. All times are in horizons, so that ten minutes and a day are alike. Samples closer
 * than a hundredth of the horizon are combined. No allocation.
 */
#ifndef AGENT_PREDICT_TREND_H
#define AGENT_PREDICT_TREND_H

#include <stdbool.h>

enum {
	TREND_SCALES = 5, /* 1/12, 1/4, 0.8, 2.4 and 6 horizons */
	TREND_PAST = 6,   /* whole horizons before the pieces */
	TREND_PIECES = 9, /* pieces of 1/8 horizon */
	TREND_FEATURES = 28,
};

/* Decay factors of one interval, computed once for equal intervals. */
struct trend_fade {
	double dt; /* interval, in horizons; 0: none yet */
	double line[TREND_SCALES];
	double latest, recent, before, ancient;
};

/* Sums of an exponentially weighted regression; time counts back from the latest sample. */
struct ew_line {
	float w, t, tt, y, ty, yy;
};

/* Stored as floats and computed in doubles: there is one for each resource and horizon. */
struct trend {
	unsigned n; /* points since the last restart */
	float last; /* value of the latest point */
	struct {
		float sum, age;
		unsigned n;
	} pending; /* samples of the incomplete point */
	struct ew_line line[TREND_SCALES];
	float piece_max[TREND_PIECES]; /* maxima of the latest pieces, newest first */
	float piece_age;               /* horizons since the newest piece began */
	float older_max;               /* maximum before those pieces, decaying */
	unsigned pieces;               /* complete pieces since the last whole horizon */
	float past_max[TREND_PAST];    /* maxima of earlier horizons, newest first */
	float oldest_max;              /* maximum before those, decaying */
	float rising_share;            /* share of recent points that rose */
	float recent_max;              /* decaying maximum from which max_drop is measured */
	float max_drop;                /* deepest recent fall */
	float max_jump;                /* largest recent rise between two points */
	float best, best_age;          /* highest value, and its age in horizons */
	/* A maximum becomes a peak, and a minimum a trough, once the value is far enough from it. */
	bool falling;
	bool failed;                /* the resource was nearly used up */
	float extreme, extreme_age; /* extreme since the last turn, and its age */
	float peak[2];              /* the last two peaks, newest first; NAN: none */
	float peak_age[2];
	float trough; /* the last trough; NAN: none */
};

void trend_start(struct trend *k);

/*
 * Adds a value, `dt` horizons (> 0; any for the first) after the one before. Returns true if it
 * completed a point; slopes and features are valid only then.
 */
bool trend_add(struct trend *k, double u, double dt, struct trend_fade *fade);

/* Multiplies all learnt levels by `ratio` after a change of the limit. */
void trend_rescale(struct trend *k, double ratio);

/* A regression line at the latest point. */
struct slope {
	double level;  /* value of the line */
	double pace;   /* slope, per horizon; 0: flat or unknown */
	double se;     /* standard error of the slope */
	double spread; /* standard deviation around the line */
};
struct slope trend_slope(const struct trend *k, int scale);

/* Returns the horizons until the line reaches 1, at most `most`. */
double trend_left(const struct slope *s, double most);

/*
 * Computes the features of the models; see trend.c for each. Returns the slope of the second scale,
 * per horizon.
 */
double trend_features(const struct trend *k, float ret[static TREND_FEATURES]);

#endif
