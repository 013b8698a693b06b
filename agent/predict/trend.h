/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trend.h - where a bounded resource is heading, as seen over one horizon: regressions at five scales,
 * what it has been before, and where it has turned.
 *
 * Pure arithmetic on (time, used ratio) pairs, exact for irregular intervals; all times are in
 * horizons, so that ten minutes and a day are the same to it.  Samples closer than a hundredth of the
 * horizon are taken together.  No allocation.
 */
#ifndef AGENT_PREDICT_TREND_H
#define AGENT_PREDICT_TREND_H

#include <stdbool.h>

enum {
	TREND_SCALES = 5, /* 1/12, 1/4, 0.8, 2.4 and 6 horizons */
	TREND_FAR = 6,    /* whole horizons before those */
	TREND_PEAKS = 9,  /* pieces of 1/8 horizon: what is older than the last is "before" */
	TREND_FEATURES = 28,
};

/* How much a sample of so long ago still weighs, and the like: worked out once for equal intervals. */
struct trend_fade {
	double dt; /* in horizons; 0: nothing worked out yet */
	double line[TREND_SCALES];
	double latest, recent, before, ancient;
};

/* Sums of an exponentially weighted regression; time counts back from the latest sample. */
struct ew_line {
	float w, t, tt, y, ty, yy;
};

/* Kept in floats, reckoned in doubles: there is one for each resource and horizon. */
struct trend {
	unsigned n; /* points taken in since the last restart */
	float last; /* latest point */
	struct {
		float sum, age;
		unsigned n;
	} part; /* of a point that is not complete */
	struct ew_line line[TREND_SCALES];
	float peak[TREND_PEAKS]; /* maxima of the latest pieces */
	float piece;             /* age of the newest piece */
	float before;            /* maximum of all that is older */
	unsigned pieces;         /* since the last whole horizon */
	float far[TREND_FAR];    /* maxima of the horizons before this one */
	float ancient;           /* maximum of all that is older */
	float up;                /* share of points that rose, of late */
	float drop;              /* deepest fall of late */
	float top;               /* ... from here */
	float jump;              /* largest rise between two points, of late */
	float best, best_age;    /* highest so far, and how long ago */
	/* Turns: a peak is one when it has fallen far enough from there, a trough likewise. */
	bool falling;
	bool failed;                /* it was as good as used up */
	float extreme, extreme_age; /* since the last turn */
	float turn[2];              /* the last peaks, newest first; NAN: none */
	float turn_age[2];
	float trough; /* the last */
};

void trend_start(struct trend *k);

/*
 * Takes in a value, `dt` horizons (> 0; any for the first) after the one before.  True when that
 * completed a point; what follows is to be asked only then.
 */
bool trend_add(struct trend *k, double u, double dt, struct trend_fade *fade);

/* The limit has changed: all that was is `ratio` times as much of it. */
void trend_rescale(struct trend *k, double ratio);

/* A regression as of now. */
struct slope {
	double level;  /* where the line is now */
	double pace;   /* its slope, per horizon; 0 = flat or not known */
	double se;     /* standard error of the slope */
	double spread; /* standard deviation around the line */
};
struct slope trend_slope(const struct trend *k, int scale);

/* Horizons until the line reaches 1, `most` when it does not or later. */
double trend_left(const struct slope *s, double most);

/* What the models see; see trend.c for each.  Returns the pace of the second scale, per horizon. */
double trend_features(const struct trend *k, float ret[static TREND_FEATURES]);

#endif
