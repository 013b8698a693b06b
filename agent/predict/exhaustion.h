/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exhaustion.h - the risk that a bounded resource is used up within each of several horizons, and the time
 * left until then.
 *
 * The models are tables of trees (exhaustion_table.h), written by tests/prediction/fit from recorded
 * episodes.  Pure arithmetic; no allocation.
 */
#ifndef AGENT_PREDICT_EXHAUSTION_H
#define AGENT_PREDICT_EXHAUSTION_H

#include "agent/predict/trend.h"

enum { HORIZONS = 4 };

/* The horizons, shared by all resources, and their common parameters. */
struct horizons {
	unsigned count;
	double s[HORIZONS]; /* the user's first, then longer ones */
	struct trend_fade fade[HORIZONS];
};

/* State over one horizon. */
struct outlook {
	float risk;          /* of being used up within it; NAN: too few samples */
	float left_s;        /* seconds until used up, from at_s; NAN: it is not heading there */
	float low_s, high_s; /* bounds of left_s */
	float pace_s;        /* change of the used ratio in a second */
};

struct exhaustion {
	double now_s;            /* seconds since the start */
	double at_s[HORIZONS];   /* now_s of each outlook */
	double age_s[HORIZONS];  /* seconds since each trend's start */
	float odds[HORIZONS];    /* smoothed log odds of failing; one point alone may be a spike */
	bool straight[HORIZONS]; /* the ramp was certain at the latest point */
	struct trend trend[HORIZONS];
	struct outlook outlook[HORIZONS];
};

/*
 * Sets the user's horizon, and the longer ones of an hour, six hours and a day unless
 * `single`. Returns true if they changed: learnt state does not fit any more.
 */
bool horizons_set(struct horizons *h, double first_s, bool single);

void exhaustion_start(struct exhaustion *x);

/*
 * Adds a used ratio (1 is exhausted), `dt_s` after the one before (> 0; any value for the first). A
 * longer gap than a horizon's trend can bridge restarts that trend.
 */
void exhaustion_update(struct exhaustion *x, struct horizons *h, double used, double dt_s);

/* Rescales after a change of the limit: the old limit is `ratio` times the new one. */
void exhaustion_rescale(struct exhaustion *x, double ratio);

/* Returns the risk within horizon i, at least that within a shorter one; NAN: too few samples. */
double exhaustion_risk(const struct exhaustion *x, unsigned i);

/* Seconds left, and bounds that hold four times of five; NAN: it is not heading there. */
struct time_left {
	double s, low_s, high_s;
};

/* Returns the time left by the shortest horizon with a high risk, else by that with the highest. */
struct time_left exhaustion_time_left(const struct exhaustion *x, const struct horizons *h);

#endif
