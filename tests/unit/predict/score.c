/* SPDX-License-Identifier: Apache-2.0 */
/* score.c - shapes of use over time, and their risks. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include "tests/unit/lib/score_rig.h"

static struct series *fs;

FIXTURE(setup)
{
	(void)rig_start(state);
	fs = table_series(&g.table, "fs.used_ratio", "/data");
	return 0;
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
		rig_sample(fs, 10, fmin(1, a + (b - a) * i / n + noise()));
}

static const struct verdict *verdict(void)
{
	return rig_verdict(fs);
}

/* A ramp that has raised an alarm. */
static void raise_alarm(void)
{
	go(0.2, 0.2, 600);
	go(0.2, 0.95, 900);
	assert_int_equal(g.raised, 1);
}

/* Parts of a course: from `a` to `b` in `s` seconds, after a gap. */
static const struct {
	struct {
		double a, b, s, gap_s;
	} part[3];
	unsigned raised, cleared;
	enum score_state state;
} courses[] = {
	/* a fast ramp that stops half way */
	{ { { 0.1, 0.1, 600, 0 }, { 0.1, 0.5, 300, 0 }, { 0.5, 0.5, 1200, 0 } }, 0, 0, SCORE_OK },
	/* a ramp that is over */
	{ { { 0.2, 0.2, 600, 0 }, { 0.2, 0.9, 900, 0 }, { 0.3, 0.3, 900, 0 } }, 1, 1, SCORE_OK },
	/* high and steady use */
	{ { { 0.92, 0.92, 20000, 0 } }, 0, 0, SCORE_OK },
	/* one sample at the limit */
	{ { { 0.3, 0.3, 2000, 0 }, { 1.1, 1.1, 10, 0 }, { 0.3, 0.3, 500, 0 } }, 0, 0, SCORE_OK },
	/* a suspension while raised */
	{ { { 0.2, 0.2, 600, 0 }, { 0.2, 0.95, 900, 0 }, { 0.96, 0.99, 60, 7200 } }, 1, 0,
	        SCORE_RAISED },
	/* the same content on a filesystem of twice the size */
	{ { { 0.7, 0.8, 3000, 0 }, { 0.4, 0.4, 3000, 0 } }, 0, 0, SCORE_OK },
};

TEST(courses_raise_and_clear_as_listed)
{
	for (size_t i = 0; i < ARRAY_SIZE(courses); i++) {
		setup(state);
		for (size_t j = 0; j < ARRAY_SIZE(courses[i].part); j++) {
			g.now_s += courses[i].part[j].gap_s;
			go(courses[i].part[j].a, courses[i].part[j].b, courses[i].part[j].s);
		}
		assert_int_equal(g.raised, courses[i].raised);
		assert_int_equal(g.cleared, courses[i].cleared);
		assert_int_equal(verdict()->state, courses[i].state);
		assert_true(courses[i].state == SCORE_RAISED || verdict()->risk < 0.4);
	}
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
		rig_sample(fs, 10, 0.2);
	for (int i = 0; i < 120; i++)
		rig_sample(fs, 10, 0.2 + 0.8 * i / 120);
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

TEST(a_daily_rhythm_a_sawtooth_and_a_step_are_well)
{
	for (int i = 0; i < 3 * 8640; i++)
		rig_sample(fs, 10, 0.5 + 0.3 * sin(i * 2 * M_PI / 8640) + noise());
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
	rig_sample(fs, 10, 0.5);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	assert_true(isnan(verdict()->risk));
	go(0.5, 0.8, 50);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.5, 0.5, 60);
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(full_resource_needs_no_learning)
{
	rig_sample(fs, 10, 0.999);
	rig_sample(fs, 10, 1);
	assert_int_equal(g.raised, 1);
	assert_near(verdict()->left_s, 0);
}

TEST(steady_full_swap_is_ok_and_filling_swap_is_not)
{
	fs = table_series(&g.table, "swap.used_ratio", "");
	go(1, 1, 5000);
	assert_int_equal(g.raised, 0);
	go(0.2, 0.2, 3000);
	go(0.2, 1, 1200);
	assert_int_equal(g.raised, 1);
}

TEST(unknown_is_neither_well_nor_failing)
{
	go(0.3, 0.3, 1000);
	rig_sample(fs, 10, NAN);
	assert_int_equal(verdict()->state, SCORE_UNKNOWN);
	assert_true(isnan(verdict()->risk));
	assert_int_equal(score_worst(&g.scorer, &g.table), -1);
	go(0.3, 0.3, 100);
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(unreadable_raised_series_stays_raised)
{
	raise_alarm();
	for (int i = 0; i < 100; i++)
		rig_sample(fs, 10, NAN);
	assert_int_equal(g.cleared, 0);
	assert_int_equal(verdict()->state, SCORE_RAISED);
}

TEST(a_gap_or_a_clock_that_jumps_starts_the_slopes_anew)
{
	go(0.2, 0.2, 1000);
	rig_sample(fs, 86400, 0.7); /* suspended for a day, and fuller since */
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.7, 0.7, 1000);
	assert_int_equal(g.raised, 0);
	rig_sample(fs, -5000, 0.9);
	go(0.9, 0.9, 1000);
	assert_int_equal(g.raised, 0);
	rig_sample(fs, 0, 0.9); /* the same moment twice */
	assert_int_equal(verdict()->state, SCORE_OK);
}

TEST(ramp_is_predicted_despite_missing_samples)
{
	double start;

	go(0.2, 0.2, 600);
	start = g.now_s;
	while (g.now_s < start + 1200) {
		double dt_s = 5 + (double)(lrand48() % 20), so_far_s = g.now_s + dt_s - start;

		rig_sample(fs, dt_s,
		        lrand48() % 3 ? fmin(1, 0.2 + 0.8 * so_far_s / 1200 + noise()) : NAN);
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
	rig_sample(fs, 10, 0.45);
	assert_int_equal(g.raised, 0);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
	go(0.45, 1, 825);
	assert_int_equal(g.raised, 1);
	assert_true(g.raised_s < g.now_s - 60); /* a tenth of the horizon */
}

TEST(a_series_that_vanishes_while_raised_is_cleared)
{
	raise_alarm();
	series_drop(fs);
	rig_tick(10);
	rig_score();
	assert_int_equal(g.cleared, 1);
	assert_string_equal(g.last.instance, "/data");
}

TEST(the_next_owner_of_a_slot_is_not_judged_by_the_last)
{
	go(0.2, 0.8, 900);
	series_drop(fs);
	fs = table_series(&g.table, "fs.used_ratio", "/other");
	rig_sample(fs, 10, 0.9);
	assert_int_equal(verdict()->state, SCORE_LEARNING);
}

TEST(a_gauge_is_watched_and_never_scored)
{
	struct series *load = table_series(&g.table, "load.1m", "");

	for (int i = 0; i < 200; i++)
		rig_sample(load, 10, i * 10.0);
	assert_int_equal(g.raised, 0);
	assert_true(isnan(rig_verdict(load)->risk));
	assert_null(score_of(&g.scorer, &g.table, 1));
}

TEST(wild_values_break_nothing)
{
	static const double wild[] = { -1e300, 1e300, 0, 1e-300, -0.0, 5, INFINITY, -INFINITY };

	for (int i = 0; i < 500; i++) {
		rig_sample(fs, 10, wild[(size_t)i % ARRAY_SIZE(wild)]);
		if (!isnan(verdict()->risk))
			assert_true(verdict()->risk >= 0 && verdict()->risk <= 1);
	}
}
