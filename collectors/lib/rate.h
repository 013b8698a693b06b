/* SPDX-License-Identifier: Apache-2.0 */
/* rate.h - increase per second, and increase since the last reading, of a kernel counter. */
#ifndef COLLECTORS_LIB_RATE_H
#define COLLECTORS_LIB_RATE_H

#include <math.h>

#include "agent/data/table.h"

/* Zeroed: no reading yet. */
struct rate {
	double last, value;
	uint64_t at_ms; /* of `last`; 0: never */
};

/*
 * Returns the increase per second since the last call; NAN the first time, and when the counter is
 * unknown or was reset. A call too soon after the last (between ticks) returns the last value.
 */
static inline double rate_of(struct rate *r, const struct table *t, double now)
{
	double dt_s = ((double)t->now_ms - (double)r->at_ms) / 1000;

	if (isnan(now)) {
		*r = (struct rate){ 0 };
		return NAN;
	}
	if (r->at_ms && dt_s >= 0 && dt_s < 0.5)
		return r->value;
	r->value = r->at_ms && now >= r->last ? (now - r->last) / dt_s : NAN;
	r->last = now;
	r->at_ms = t->now_ms;
	return r->value;
}

/* Returns the increase over *last (NAN: none yet); 0 when the counter is unknown or was reset. */
static inline double rate_more(double *last, double now)
{
	double more = now > *last ? now - *last : 0;

	if (!isnan(now))
		*last = now;
	return more;
}

#endif
