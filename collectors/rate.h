/* SPDX-License-Identifier: Apache-2.0 */
/* rate.h - how fast a counter of the kernel's goes, and how far it has gone. */
#ifndef COLLECTORS_RATE_H
#define COLLECTORS_RATE_H

#include <math.h>

#include "agent/sample.h"

/* Zeroed: nothing seen yet. */
struct rate {
	double last;
	uint64_t at_ms; /* 0: never */
};

/* A second, since the last call; NAN the first time, and when the counter is unknown or began anew. */
static inline double rate_of(struct rate *r, const struct table *t, double now)
{
	double dt_s = ((double)t->now_ms - (double)r->at_ms) / 1000, v = NAN;

	if (r->at_ms && dt_s > 0 && now >= r->last)
		v = (now - r->last) / dt_s;
	*r = isnan(now) ? (struct rate){ 0 } : (struct rate){ .last = now, .at_ms = t->now_ms };
	return v;
}

/* How much more than *last (NAN: seen never): 0 when the counter is unknown or began anew. */
static inline double rate_more(double *last, double now)
{
	double more = now > *last ? now - *last : 0;

	if (!isnan(now))
		*last = now;
	return more;
}

#endif
