/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_schedule.h - how long until a source is asked again.
 *
 * Thousands of guests share one Heat and boot, lose it and find it again together, so every wait is
 * drawn at random and none of them agree.  Arithmetic only: clock and chance are the caller's.
 */
#ifndef HEAT_SOURCE_POLL_SCHEDULE_H
#define HEAT_SOURCE_POLL_SCHEDULE_H

#include <stdbool.h>

struct conf;

struct poll_schedule {
	double hurry_s; /* interval after a change, growing; 0: the usual one */
	bool placed;    /* has its own moment within the interval, that no other guest shares */
};

/*
 * Returns the first wait in seconds. A guest without metadata polls within a quarter of the
 * interval (at most 15 s), because its set-up waits for the answer; a guest with cached metadata
 * has the whole interval. `chance` is in [0, 1), here and below.
 */
double poll_schedule_first_s(
        struct poll_schedule *p, const struct conf *cf, bool known, double chance);

/* After a good answer: about the interval, or less while a change is fresh. */
double poll_schedule_good_s(struct poll_schedule *p, const struct conf *cf, double chance);

/* Metadata has changed: the next change is often near. */
void poll_schedule_changed(struct poll_schedule *p, const struct conf *cf);

/*
 * After so many failures in a row: anywhere in a window that doubles, counted from the moment that the
 * server has asked for (Retry-After, 0: none), if it has.
 */
double poll_schedule_failed_s(const struct poll_schedule *p, const struct conf *cf,
        unsigned failures, long retry_after_s, double chance);

/* Is the next request so near that a connection is worth keeping for it? */
bool poll_schedule_keep_connection(const struct poll_schedule *p, const struct conf *cf);

#endif
