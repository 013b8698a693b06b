/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exhaustion.h - will a bounded resource run out?  One that is used to some ratio, seen over several
 * horizons at once: for each the probability that it is used up by then, and of the whole the time left.
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
	float risk;   /* of being used up within it; NAN: too little seen */
	float left_s; /* as it looks, when it is on its way; counted from at_s */
	float low_s, high_s;
	float pace_s; /* change of the used ratio in a second */
};

struct exhaustion {
	double now_s;            /* since the start; only differences matter */
	double at_s[HORIZONS];   /* when each outlook was made */
	double age_s[HORIZONS];  /* of each trend: since its start */
	float odds[HORIZONS];    /* log odds of failing, smoothed: one point alone may be a spike */
	bool straight[HORIZONS]; /* the latest point was beyond doubt */
	struct trend trend[HORIZONS];
	struct outlook outlook[HORIZONS];
};

/*
 * Sets the user's horizon, and the longer ones of an hour, six hours and a day unless
 * single_horizon. Returns true if they changed: learnt state does not fit any more.
 */
bool horizons_set(struct horizons *h, double first_s, bool alone);

void exhaustion_start(struct exhaustion *x);

/*
 * Adds a used ratio (1 is exhausted), `dt_s` after the one before (> 0; any value for the first). A
 * longer gap than a horizon's trend can bridge restarts that trend.
 */
void exhaustion_update(struct exhaustion *x, struct horizons *h, double used, double dt_s);

/* Rescales after a change of the limit: the old limit is `ratio` times the new one. */
void exhaustion_rescale(struct exhaustion *x, double ratio);

/* Probability within the horizon i, never less than within a shorter one; NAN: too little seen. */
double exhaustion_risk(const struct exhaustion *x, unsigned i);

/*
 * Time left and its interval (four of five end within), by the shortest horizon that sees it coming.
 * NAN when none does.
 */
struct time_left {
	double s, low_s, high_s;
};
struct time_left exhaustion_time_left(const struct exhaustion *x, const struct horizons *h);

#endif
