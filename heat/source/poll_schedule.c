/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/poll_schedule.h"

#include "agent/base/backoff.h"
#include "agent/conf/conf.h"

/* Share of the interval with which it restarts after a change. */
static const double hurry_part = 1.0 / 16, hurry_least_s = 1;

/* First metadata: thousands of new guests cause at most four times the normal load. */
static const double new_part = 1.0 / 4, new_most_s = 15;

/* A failed source is not polled again at once, regardless of jitter. */
static const double failed_least_part = 1.0 / 10;

/* A longer Retry-After is taken for a mistake of the server or of its clock. */
static const double retry_after_most_s = 86400;

/*
 * An idle connection holds a thread of Heat's API (there are 1000 of them a worker) until the next
 * request, so it is kept for a short while only; a new one costs less than a hundredth of a poll.
 */
static const double keep_s = 10;

static double lesser_of(double a, double b)
{
	return a < b ? a : b;
}

/* Returns the share of the interval for a guest without metadata. */
static double new_s(const struct conf *cf)
{
	return lesser_of(cf->interval_s * new_part, new_most_s);
}

double poll_schedule_first_s(
        struct poll_schedule *p, const struct conf *cf, bool known, double chance)
{
	p->placed = known;
	return lesser_of(known ? cf->interval_s : new_s(cf), cf->splay_s) * chance;
}

double poll_schedule_good_s(struct poll_schedule *p, const struct conf *cf, double chance)
{
	double wait = cf->interval_s;

	if (p->hurry_s > 0) {
		wait = lesser_of(wait, p->hurry_s);
		p->hurry_s = p->hurry_s * 2 < cf->interval_s ? p->hurry_s * 2 : 0;
	} else if (!p->placed) {
		/* The first polls of a fleet lie close together: from here on they do not. */
		p->placed = true;
		return wait * (failed_least_part + (1 - failed_least_part) * chance);
	}
	return wait * (0.9 + 0.2 * chance);
}

void poll_schedule_changed(struct poll_schedule *p, const struct conf *cf)
{
	double part = cf->interval_s * hurry_part;

	p->hurry_s = part > hurry_least_s ? part : hurry_least_s;
}

double poll_schedule_failed_s(const struct poll_schedule *p, const struct conf *cf,
        unsigned failures, long retry_after_s, double chance)
{
	double window = p->placed ? cf->interval_s : new_s(cf), from = window * failed_least_part;

	/* Doubled from the first on: the mean of a draw is half the window. */
	window = backoff_s(window, cf->max_backoff_s, failures + 1);
	if (retry_after_s > 0)
		return lesser_of((double)retry_after_s, retry_after_most_s) + window * chance;
	from = lesser_of(from, window);
	return from + (window - from) * chance;
}

bool poll_schedule_keep_connection(const struct poll_schedule *p, const struct conf *cf)
{
	return cf->interval_s <= keep_s || (p->hurry_s > 0 && p->hurry_s <= keep_s);
}
