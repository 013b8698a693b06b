/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/poll_schedule.h"

#include "agent/base/backoff.h"
#include "agent/conf/conf.h"

/* Interval after a change, as a share of the configured one. */
static const double fast_share = 1.0 / 16, fast_min_s = 1;

/*
 * Window of the first poll for new guests: thousands of them cause at most four times the normal
 * load.
 */
static const double new_share = 1.0 / 4, new_max_s = 15;

/* A failed source is not polled again at once, regardless of jitter. */
static const double failed_min_share = 1.0 / 10;

/* A longer Retry-After is treated as an error of the server or of its clock. */
static const double retry_after_max_s = 86400;

/*
 * An idle connection occupies a thread of Heat's API (1000 a worker) until the next request, so it
 * is kept for a short time only; a new one costs less than a hundredth of a poll.
 */
static const double keep_s = 10;

static double lesser_of(double a, double b)
{
	return a < b ? a : b;
}

static double new_guest_window_s(const struct conf *cf)
{
	return lesser_of(cf->interval_s * new_share, new_max_s);
}

double poll_schedule_first_s(
        struct poll_schedule *p, const struct conf *cf, bool known, double chance)
{
	p->is_spread = known;
	return lesser_of(known ? cf->interval_s : new_guest_window_s(cf), cf->splay_s) * chance;
}

double poll_schedule_good_s(struct poll_schedule *p, const struct conf *cf, double chance)
{
	double wait = cf->interval_s;

	if (p->fast_s > 0) {
		wait = lesser_of(wait, p->fast_s);
		p->fast_s = p->fast_s * 2 < cf->interval_s ? p->fast_s * 2 : 0;
	} else if (!p->is_spread) {
		/*
		 * The first polls of a fleet are close together; this wait spreads them over the
		 * interval.
		 */
		p->is_spread = true;
		return wait * (failed_min_share + (1 - failed_min_share) * chance);
	}
	return wait * (0.9 + 0.2 * chance);
}

void poll_schedule_changed(struct poll_schedule *p, const struct conf *cf)
{
	double part = cf->interval_s * fast_share;

	p->fast_s = part > fast_min_s ? part : fast_min_s;
}

double poll_schedule_failed_s(const struct poll_schedule *p, const struct conf *cf,
        unsigned failures, long retry_after_s, double chance)
{
	double window = p->is_spread ? cf->interval_s : new_guest_window_s(cf),
	       from = window * failed_min_share;

	/*
	 * The window is doubled from the first failure on, because the mean of a draw is half the
	 * window.
	 */
	window = backoff_s(window, cf->max_backoff_s, failures + 1);
	if (retry_after_s > 0)
		return lesser_of((double)retry_after_s, retry_after_max_s) + window * chance;
	from = lesser_of(from, window);
	return from + (window - from) * chance;
}

bool poll_schedule_keep_connection(const struct poll_schedule *p, const struct conf *cf)
{
	return cf->interval_s <= keep_s || (p->fast_s > 0 && p->fast_s <= keep_s);
}
