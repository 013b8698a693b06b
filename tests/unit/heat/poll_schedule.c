/* SPDX-License-Identifier: Apache-2.0 */
/* poll_schedule.c - how long a guest waits, and what that makes of a thousand of them: chance and time are given. */
#include "tests/unit/lib/test.h"

#include "agent/conf/conf.h"
#include "heat/source/poll_schedule.h"

static const double almost = 1 - 1e-9;

static struct conf conf = { .interval_s = 60, .max_backoff_s = 3600, .splay_s = 86400 };

TEST(new_guest_polls_soon_then_at_its_own_moment)
{
	struct poll_schedule p = { 0 };

	assert_float_equal(poll_schedule_first_s(&p, &conf, false, 0), 0, 1e-6);
	assert_float_equal(poll_schedule_first_s(&p, &conf, false, almost), 15, 1e-6);
	conf.interval_s = 600;
	assert_float_equal(poll_schedule_first_s(&p, &conf, false, almost), 15, 1e-6);
	conf.interval_s = 60;
	assert_float_equal(poll_schedule_good_s(&p, &conf, 0), 6, 1e-6);
	p.is_spread = false;
	assert_float_equal(poll_schedule_good_s(&p, &conf, almost), 60, 1e-6);
	assert_float_equal(poll_schedule_good_s(&p, &conf, 0), 54, 1e-6);
	assert_float_equal(poll_schedule_good_s(&p, &conf, almost), 66, 1e-6);
}

TEST(guest_with_cache_has_the_whole_interval)
{
	struct poll_schedule p = { 0 };

	assert_float_equal(poll_schedule_first_s(&p, &conf, true, almost), 60, 1e-6);
	assert_float_equal(poll_schedule_good_s(&p, &conf, 0), 54, 1e-6);
}

TEST(splay_bounds_the_first_wait_and_0_is_at_once)
{
	struct poll_schedule p = { 0 };

	conf.splay_s = 5;
	assert_float_equal(poll_schedule_first_s(&p, &conf, true, almost), 5, 1e-6);
	assert_float_equal(poll_schedule_first_s(&p, &conf, false, almost), 5, 1e-6);
	conf.splay_s = 0;
	assert_float_equal(poll_schedule_first_s(&p, &conf, true, almost), 0, 1e-6);
	conf.splay_s = 86400;
}

TEST(failures_double_the_window_up_to_its_limit)
{
	const struct poll_schedule p = { .is_spread = true };

	for (unsigned n = 1; n < 40; n++) {
		double most = n < 6 ? 60.0 * (1 << n) : 3600;

		assert_float_equal(poll_schedule_failed_s(&p, &conf, n, 0, 0), 6, 1e-6);
		assert_float_equal(
		        poll_schedule_failed_s(&p, &conf, n, 0, 0.5), (6 + most) / 2, 1e-3);
		assert_float_equal(poll_schedule_failed_s(&p, &conf, n, 0, almost), most, 1e-3);
	}
	conf.max_backoff_s = 1;
	assert_float_equal(poll_schedule_failed_s(&p, &conf, 1, 0, 0), 1, 1e-6);
	conf.max_backoff_s = 3600;
}

TEST(new_guest_retries_a_failed_first_poll_soon)
{
	struct poll_schedule p = { 0 };

	(void)poll_schedule_first_s(&p, &conf, false, 0);
	assert_float_equal(poll_schedule_failed_s(&p, &conf, 1, 0, almost), 30, 1e-6);
	assert_float_equal(poll_schedule_failed_s(&p, &conf, 4, 0, almost), 240, 1e-6);
}

TEST(retry_after_is_respected_and_spread)
{
	const struct poll_schedule p = { .is_spread = true };

	assert_float_equal(poll_schedule_failed_s(&p, &conf, 1, 300, 0), 300, 1e-6);
	assert_float_equal(poll_schedule_failed_s(&p, &conf, 1, 300, almost), 420, 1e-6);
	/* The server's Retry-After exceeds the longest wait. */
	assert_true(poll_schedule_failed_s(&p, &conf, 9, 7200, 0) >= 7200);
	/* ... up to a day, and never before now. */
	assert_true(poll_schedule_failed_s(&p, &conf, 1, 1000000000, almost) <= 86400 + 120);
	assert_true(poll_schedule_failed_s(&p, &conf, 1, -5, 0) >= 6);
}

TEST(a_change_is_followed_by_short_waits_that_grow_back)
{
	static const double wait[] = { 3.75, 7.5, 15, 30, 60, 60 };
	struct poll_schedule p = { .is_spread = true };

	assert_false(poll_schedule_keep_connection(&p, &conf));
	poll_schedule_changed(&p, &conf);
	assert_true(poll_schedule_keep_connection(&p, &conf));
	for (size_t i = 0; i < sizeof(wait) / sizeof(wait[0]); i++)
		assert_float_equal(poll_schedule_good_s(&p, &conf, 0.5), wait[i], 1e-6);
	assert_false(poll_schedule_keep_connection(&p, &conf));
	conf.interval_s = 5;
	assert_true(poll_schedule_keep_connection(&p, &conf));
	poll_schedule_changed(&p, &conf);
	assert_float_equal(poll_schedule_good_s(&p, &conf, 0.5), 1, 1e-6); /* no shorter */
	conf.interval_s = 60;
}

enum { GUESTS = 1000, SECONDS = 1800 };

static struct guest {
	struct poll_schedule pace;
	unsigned failures;
	double next_s;
} guest[GUESTS];

static unsigned asked[SECONDS]; /* in each second */

/* Drawn from a generator of our own, so that every run is the same. */
static double chance(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (double)(x >> 11) / 9007199254740992.0;
}

/* All boot within one second; the server is away, and asks to be left alone, between two moments. */
static void fleet(bool known, double down_s, double up_s, long retry_after_s)
{
	memset(asked, 0, sizeof(asked));
	for (struct guest *g = guest; g < guest + GUESTS; g++) {
		*g = (struct guest){ 0 };
		g->next_s = chance() + poll_schedule_first_s(&g->pace, &conf, known, chance());
		while (g->next_s < SECONDS) {
			asked[(int)g->next_s]++;
			if (g->next_s >= down_s && g->next_s < up_s) {
				g->failures++;
				g->next_s += poll_schedule_failed_s(
				        &g->pace, &conf, g->failures, retry_after_s, chance());
			} else {
				g->failures = 0;
				g->next_s += poll_schedule_good_s(&g->pace, &conf, chance());
			}
		}
	}
}

static double most(int from_s, int to_s)
{
	unsigned n = 0;

	for (int i = from_s; i < to_s; i++)
		n = asked[i] > n ? asked[i] : n;
	return n;
}

static const double mean = GUESTS / 60.0;

TEST(a_thousand_that_boot_together_are_never_a_burst)
{
	fleet(true, SECONDS, SECONDS, 0);
	assert_true(most(0, SECONDS) < 2.5 * mean);
	fleet(false, SECONDS, SECONDS, 0);
	assert_true(most(0, 20) < 6 * mean); /* a quarter of the interval: four times the mean */
	assert_true(most(75, SECONDS) < 2.5 * mean);
}

TEST(a_thousand_that_lost_their_server_come_back_spread)
{
	fleet(true, 300, 900, 0);
	assert_true(most(360, 900) < 2.5 * mean);
	assert_true(most(600, 900) < 1 * mean); /* left in peace while it is down */
	assert_true(most(900, SECONDS) < 2.5 * mean);
	fleet(true, 300, 330, 120); /* half of them get a Retry-After of two minutes */
	assert_true(most(300, SECONDS) < 2.5 * mean);
	fleet(true, 300, 900, 1); /* and by the minute, for ten minutes */
	assert_true(most(300, SECONDS) < 2.5 * mean);
}
