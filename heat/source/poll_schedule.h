/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_schedule.h - computes the wait until the next poll of a source.
 *
 * Thousands of guests share one Heat, boot together, and lose and reach it together, so every wait
 * is random. Pure: time and random numbers are parameters.
 */
#ifndef HEAT_SOURCE_POLL_SCHEDULE_H
#define HEAT_SOURCE_POLL_SCHEDULE_H

#include <stdbool.h>

struct conf;

struct poll_schedule {
	double fast_s;  /* interval after a change, doubled at each poll; 0: the configured one */
	bool is_spread; /* its polls are already spread over the interval */
};

/*
 * Returns the first wait in seconds. A guest without metadata polls within a quarter of the
 * interval (at most 15 s), because its set-up waits for the answer; a guest with cached metadata
 * has the whole interval. `chance` is in [0, 1), here and below.
 */
double poll_schedule_first_s(
        struct poll_schedule *p, const struct conf *cf, bool known, double chance);

/* Returns the wait after a good answer: about the interval, or less after a recent change. */
double poll_schedule_good_s(struct poll_schedule *p, const struct conf *cf, double chance);

/* Records a change of the metadata: the next change is often close. */
void poll_schedule_changed(struct poll_schedule *p, const struct conf *cf);

/*
 * Returns the wait after `failures` in a row: a random time within a window that doubles with each
 * failure. With Retry-After (0: none) the window begins then.
 */
double poll_schedule_failed_s(const struct poll_schedule *p, const struct conf *cf,
        unsigned failures, long retry_after_s, double chance);

/* Returns true if the next request is so soon that the connection should be kept open. */
bool poll_schedule_keep_connection(const struct poll_schedule *p, const struct conf *cf);

#endif
