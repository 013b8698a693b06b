/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pace.h - how long until a source is asked again.
 *
 * Thousands of guests share one Heat and boot, lose it and find it again together, so every wait is
 * drawn at random and none of them agree.  Arithmetic only: clock and chance are the caller's.
 */
#ifndef HEAT_SOURCE_PACE_H
#define HEAT_SOURCE_PACE_H

#include <stdbool.h>

struct conf;

struct pace {
	double hurry_s; /* interval after a change, growing; 0: the usual one */
	bool placed;    /* has its own moment within the interval, that no other guest shares */
};

/*
 * The first wait.  A guest that knows nothing yet asks within a quarter of the interval (15 s at most),
 * for what it is to be waits for the answer; one that knows its metadata from before has the whole
 * interval.  `chance` is in [0, 1), here and below.
 */
double pace_first_s(struct pace *p, const struct conf *cf, bool known, double chance);

/* After a good answer: about the interval, or less while a change is fresh. */
double pace_good_s(struct pace *p, const struct conf *cf, double chance);

/* Metadata has changed: the next change is often near. */
void pace_changed(struct pace *p, const struct conf *cf);

/*
 * After so many failures in a row: anywhere in a window that doubles, counted from the moment that the
 * server has asked for (Retry-After, 0: none), if it has.
 */
double pace_failed_s(const struct pace *p, const struct conf *cf, unsigned failures,
        long retry_after_s, double chance);

/* Is the next request so near that a connection is worth keeping for it? */
bool pace_is_brisk(const struct pace *p, const struct conf *cf);

#endif
