/* SPDX-License-Identifier: Apache-2.0 */
/* exhaustion.c - one horizon of one resource: the effect of a single point, and of a new life. */
#define TEST_SETUP boot
#include "tests/unit/lib/test.h"

#include "agent/predict/exhaustion.h"

static struct horizons g_h;
static struct exhaustion g_x;

FIXTURE(boot)
{
	g_h = (struct horizons){ 0 };
	horizons_set(&g_h, 600, true);
	exhaustion_start(&g_x);
	return 0;
}

static double add(double used, double dt_s)
{
	exhaustion_update(&g_x, &g_h, used, dt_s);
	return exhaustion_risk(&g_x, 0);
}

/* A leak of nine horizons, a sample each hundredth of one: after `i` of its 900. */
static double leaked(int i)
{
	return 0.3 + 0.7 * i / 900.0;
}

static double leak(int samples)
{
	double risk = NAN;

	for (int i = 0; i < samples; i++)
		risk = add(leaked(i) + 0.004 * (i % 3), 6);
	return risk;
}

TEST(better_point_does_not_silence_several)
{
	assert_true(leak(880) > 0.9);
	assert_true(add(leaked(880) - 0.05, 6) > 0.9);
}

TEST(worse_point_raises_little)
{
	for (int i = 0; i < 300; i++)
		(void)add(0.80 + 0.1 * i / 300 + 0.004 * (i % 3), 6);
	assert_true(add(0.97, 6) < 0.3);
	assert_true(add(0.90, 6) < 0.3);
}

/* A third of a horizon apart: one point is not taken at its word then either, two are believed more. */
TEST(after_a_long_while_one_point_alone_raises_little)
{
	double one;

	for (int i = 0; i < 60; i++)
		(void)add(0.5 + 0.01 * (i % 3), 200);
	one = add(0.9, 200);
	assert_true(one < 0.25);
	assert_true(add(0.95, 200) > 1.5 * one);
}

TEST(new_life_after_a_failure_starts_without_old_odds)
{
	double risk = leak(901);

	assert_true(risk > 0.9);
	for (int i = 0; i < 8; i++)
		risk = add(0.2 + 0.002 * (i % 3), 6);
	assert_true(risk < 0.1);
}

/* So straight that it is believed at its second point; the last point of the old life is none of the new one's. */
TEST(certain_ramp_needs_two_points_in_a_new_life)
{
	double first = NAN;

	for (int i = 0; i < 10; i++)
		(void)add(0.2 + 0.0873 * i, 60);
	for (int i = 0; i < 8; i++)
		first = add(0.2 + 0.09 * i, 60);
	assert_true(first < 0.8);
	assert_true(add(0.2 + 0.09 * 8, 60) > 0.8);
}
