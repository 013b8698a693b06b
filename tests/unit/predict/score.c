/* SPDX-License-Identifier: Apache-2.0 */
/* score.c - shapes of use over time, and their risks. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/predict/score.h"

static const struct score_conf conf = {
	.raise = 0.8, .clear = 0.4, .horizon_s = 600, .warmup_s = 60
};

static struct rig {
	struct table table;
	struct scorer scorer;
	struct event_queue events;
	struct series *s;
	double now_s;
	unsigned raised, cleared;
	double raised_s, left_s;
	struct event last;
} g;

FIXTURE(setup)
{
	memset(&g, 0, sizeof(g));
	g.s = table_series(&g.table, "fs.used_ratio", "/data");
	g.now_s = 1e6;
	srand48(7);
	return 0;
}

static void take_events(void)
{
	while (event_pop(&g.events, &g.last)) {
		if (g.last.kind == EVENT_RAISED && g.raised++ == 0) {
			g.raised_s = g.now_s;
			g.left_s = g.last.left_s;
		}
		g.cleared += g.last.kind == EVENT_CLEARED;
	}
}

static void sample_at(double now_s, double u)
{
	g.now_s = now_s;
	table_tick(&g.table, (uint64_t)(now_s * 1000));
	series_set(g.s, &g.table, u);
	score_update(&g.scorer, &g.table, &conf, &g.events);
	take_events();
}

static double noise(void)
{
	return (drand48() - 0.5) * 0.004;
}

/* From `a` to `b` in so many seconds, a sample each 10. */
static void go(double a, double b, double seconds)
{
	int n = (int)(seconds / 10);

	for (int i = 1; i <= n; i++)
		sample_at(g.now_s + 10, fmin(1, a + (b - a) * i / n + noise()));
}

static const struct verdict *verdict(void)
{
	return score_verdict(&g.scorer, &g.table, 0);
}

TEST(a_ramp_to_the_limit_is_foreseen_in_time_and_once)
{
	double start;

	go(0.2, 0.2, 600);
	start = g.now_s;
	go(0.2, 1, 1200);
	assert_int_equal(g.raised, 1);
	assert_true(g.raised_s < start + 1200 - 180); /* 0.3 horizons ahead */
	assert_true(g.left_s > 0.5 * (start + 1200 - g.raised_s));
	assert_true(g.left_s < 2 * (start + 1200 - g.raised_s));
	assert_string_equal(g.last.metric, "fs.used_ratio");
	assert_string_equal(g.last.instance, "/data");
	assert_non_null(strstr(g.last.reason, "fs.used_ratio[/data] at "));
	assert_non_null(strstr(g.last.reason, "reached in"));
}

TEST(a_clean_ramp_is_foreseen_as_a_noisy_one_is)
{
	for (int i = 0; i < 60; i++)
		sample_at(g.now_s + 10, 0.2);
	for (int i = 0; i < 120; i++)
		sample_at(g.now_s + 10, 0.2 + 0.8 * i / 120);
	assert_int_equal(g.raised, 1);
}

TEST(fast_clean_ramp_is_predicted_ahead)
{
	static const double life_s[] = { 360, 480, 600, 900, 1200 };

	for (size_t i = 0; i < ARRAY_SIZE(life_s); i++) {
		double start;

		setup(state);
		go(0.1, 0.1, 600);
		start = g.now_s;
		go(0.1, 1, life_s[i]);
		assert_int_equal(g.raised, 1);
		assert_true(g.raised_s <= start + life_s[i] - 150);
		assert_true(g.left_s < 1.5 * (start + life_s[i] - g.raised_s));
	}
}

TEST(a_fast_ramp_that_stops_half_way_raises_nothing)
{
	go(0.1, 0.1, 600);
	go(0.1, 0.5, 300);
	go(0.5, 0.5, 1200);
	assert_int_equal(g.raised, 0);
}

TEST(a_ramp_that_is_over_is_cleared_after_a_while)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.9, 900);
	assert_int_equal(g.raised, 1);
	go(0.3, 0.3, 900);
	assert_int_equal(g.cleared, 1);
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(high_and_steady_use_is_ok)
{
	go(0.92, 0.92, 20000);
	assert_int_equal(g.raised, 0);
	assert_true(verdict()->risk < 0.4);
}

TEST(a_daily_rhythm_a_sawtooth_and_a_step_are_well)
{
	for (int i = 0; i < 3 * 8640; i++)
		sample_at(g.now_s + 10, 0.5 + 0.3 * sin(i * 2 * M_PI / 8640) + noise());
	assert_int_equal(g.raised, 0);
	for (int i = 0; i < 20; i++) {
		go(0.4, 0.7, 900);
		go(0.4, 0.4, 20);
	}
	assert_int_equal(g.raised, 0);
	go(0.75, 0.75, 3000);
	assert_int_equal(g.raised, 0);
}

TEST(a_new_series_is_learnt_first)
{
	sample_at(g.now_s + 10, 0.5);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	assert_true(isnan(verdict()->risk));
	go(0.5, 0.8, 50);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.5, 0.5, 60);
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(full_resource_needs_no_learning)
{
	sample_at(g.now_s + 10, 0.999);
	sample_at(g.now_s + 10, 1);
	assert_int_equal(g.raised, 1);
	assert_near(verdict()->left_s, 0);
}

TEST(steady_full_swap_is_ok_and_filling_swap_is_not)
{
	g.s = table_series(&g.table, "swap.used_ratio", "");
	go(1, 1, 5000);
	assert_int_equal(g.raised, 0);
	go(0.2, 0.2, 3000);
	go(0.2, 1, 1200);
	assert_int_equal(g.raised, 1);
}

TEST(single_spike_raises_nothing)
{
	go(0.3, 0.3, 2000);
	sample_at(g.now_s + 10, 1);
	go(0.3, 0.3, 500);
	assert_int_equal(g.raised, 0);
}

TEST(unknown_is_neither_well_nor_failing)
{
	go(0.3, 0.3, 1000);
	sample_at(g.now_s + 10, NAN);
	assert_int_equal(verdict()->state, SCORE_UNKNOWN);
	assert_true(isnan(verdict()->risk));
	assert_int_equal(score_worst(&g.scorer, &g.table), -1);
	go(0.3, 0.3, 100);
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(unreadable_raised_series_stays_raised)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.95, 900);
	assert_int_equal(g.raised, 1);
	for (int i = 0; i < 100; i++)
		sample_at(g.now_s + 10, NAN);
	assert_int_equal(g.cleared, 0);
	assert_int_equal(verdict()->state, SCORE_RAISED);
}

TEST(a_gap_or_a_clock_that_jumps_starts_the_slopes_anew)
{
	go(0.2, 0.2, 1000);
	sample_at(g.now_s + 86400, 0.7); /* suspended for a day, and fuller since */
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.7, 0.7, 1000);
	assert_int_equal(g.raised, 0);
	sample_at(g.now_s - 5000, 0.9);
	go(0.9, 0.9, 1000);
	assert_int_equal(g.raised, 0);
	sample_at(g.now_s, 0.9); /* the same moment twice */
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(ramp_is_predicted_despite_missing_samples)
{
	double start;

	go(0.2, 0.2, 600);
	start = g.now_s;
	while (g.now_s < start + 1200) {
		double now_s = g.now_s + 5 + (double)(lrand48() % 20);

		sample_at(now_s, lrand48() % 3 == 0
		                         ? NAN
		                         : fmin(1, 0.2 + 0.8 * (now_s - start) / 1200 + noise()));
	}
	assert_int_equal(g.raised, 1);
	assert_int_equal(g.cleared, 0);
	assert_true(g.raised_s < start + 1200 - 120);
}

TEST(suspension_in_a_ramp_neither_raises_nor_hides_it)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.45, 375);
	g.now_s += 3600; /* nothing grew meanwhile */
	sample_at(g.now_s + 10, 0.45);
	assert_int_equal(g.raised, 0);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.45, 1, 825);
	assert_int_equal(g.raised, 1);
	assert_true(g.raised_s < g.now_s - 60); /* a tenth of the horizon */
}

TEST(a_suspension_while_raised_clears_nothing_by_itself)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.95, 900);
	assert_int_equal(g.raised, 1);
	g.now_s += 7200;
	go(0.96, 0.99, 60);
	assert_int_equal(g.raised, 1);
	assert_int_equal(g.cleared, 0);
}

TEST(a_filesystem_that_is_made_larger_starts_no_alarm)
{
	go(0.7, 0.8, 3000);
	go(0.4, 0.4, 3000); /* the same content, twice the room */
	assert_int_equal(g.raised, 0);
}

TEST(a_series_that_vanishes_while_raised_is_cleared)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.95, 900);
	assert_int_equal(g.raised, 1);
	series_drop(g.s);
	table_tick(&g.table, (uint64_t)(g.now_s * 1000 + 10000));
	score_update(&g.scorer, &g.table, &conf, &g.events);
	take_events();
	assert_int_equal(g.cleared, 1);
	assert_string_equal(g.last.instance, "/data");
}

TEST(the_next_owner_of_a_slot_is_not_judged_by_the_last)
{
	go(0.2, 0.8, 900);
	series_drop(g.s);
	g.s = table_series(&g.table, "fs.used_ratio", "/other");
	sample_at(g.now_s + 10, 0.9);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
}

TEST(a_gauge_is_watched_and_never_scored)
{
	struct series *load = table_series(&g.table, "load.1m", "");

	for (int i = 0; i < 200; i++) {
		table_tick(&g.table, (uint64_t)(1000 + i * 10000));
		series_set(load, &g.table, i * 10.0);
		score_update(&g.scorer, &g.table, &conf, &g.events);
	}
	take_events();
	assert_int_equal(g.raised, 0);
	assert_true(isnan(score_verdict(&g.scorer, &g.table, 1)->risk));
	assert_null(score_of(&g.scorer, &g.table, 1));
}

TEST(wild_values_break_nothing)
{
	static const double wild[] = { -1e300, 1e300, 0, 1e-300, -0.0, 5, INFINITY, -INFINITY };

	for (int i = 0; i < 500; i++) {
		sample_at(g.now_s + 10, wild[(size_t)i % ARRAY_SIZE(wild)]);
		if (!isnan(verdict()->risk))
			assert_true(verdict()->risk >= 0 && verdict()->risk <= 1);
	}
}
