/* SPDX-License-Identifier: Apache-2.0 */
/* novelty.c - generated series and their novelty scores. */
#define TEST_SETUP start
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/anomaly/novelty.h"

enum { DAY = 288, LEARNT = 10 * DAY };

static struct novelty novelty, *const k = &novelty;
static unsigned now;

FIXTURE(start)
{
	now = 0;
	srand48(5);
	novelty_start(k);
	return 0;
}

/* Returns the next value of a daily rhythm with noise. */
static double next_value(void)
{
	double u = now++ % DAY / (double)DAY;

	return 50 + 30 * sin(2 * M_PI * u) + 4 * drand48();
}

/* Adds `n` ordinary samples and returns their highest score. */
static double highest_score(unsigned n)
{
	double top = 0, s;

	while (n-- > 0) {
		s = novelty_update(k, next_value());
		top = s > top ? s : top;
	}
	return top;
}

TEST(daily_rhythm_is_learnt)
{
	(void)highest_score(LEARNT);
	assert_true(highest_score(4 * DAY) < 0.5);
}

TEST(value_out_of_range_is_reported_as_level)
{
	(void)highest_score(LEARNT);
	assert_true(novelty_update(k, 200) > 0.7);
	assert_int_equal(k->why, NOVELTY_LEVEL);
	assert_string_equal(novelty_label(k->why), "level");
}

TEST(repeated_outlier_scores_lower)
{
	(void)highest_score(LEARNT);
	assert_true(novelty_update(k, 200) > 0.7);
	for (unsigned i = 0; i < 5; i++)
		assert_true(novelty_update(k, 200) < 0.7);
}

TEST(missing_rhythm_is_reported_as_shape)
{
	double top = 0, calm, s;
	enum novelty_reason why = NOVELTY_NONE;

	(void)highest_score(LEARNT);
	calm = highest_score(3 * DAY);
	for (unsigned i = 0; i < 120; i++, now++) {
		s = novelty_update(k, 50 + 4 * drand48());
		if (s > top) {
			top = s;
			why = k->why;
		}
	}
	assert_true(top > 0.45 && top > calm + 0.15);
	assert_int_equal(why, NOVELTY_SHAPE);
}

TEST(variability_within_the_range_is_detected)
{
	double top = 0, s, calm;

	calm = highest_score(LEARNT) > 0 ? highest_score(2 * DAY) : 0;
	for (unsigned i = 0; i < 60; i++, now++) {
		s = novelty_update(k, i % 2 ? 80 : 20);
		top = s > top ? s : top;
	}
	assert_true(top > 0.5 && top > calm);
}

TEST(score_is_zero_during_the_warmup)
{
	for (unsigned i = 0; i < NOVELTY_WARMUP; i++)
		assert_true(novelty_update(k, i % 7 == 3 ? 1e9 : drand48()) == 0);
}

TEST(constant_scores_low_and_its_end_high)
{
	for (unsigned i = 0; i < 3000; i++)
		assert_true(novelty_update(k, 42) < 0.5);
	assert_true(novelty_update(k, 43) > 0.5);
	assert_true(novelty_update(k, 43) < 0.5);
}

TEST(rounding_error_scores_low)
{
	for (unsigned i = 0; i < 3000; i++)
		(void)novelty_update(k, 1e12);
	assert_true(novelty_update(k, 1e12 + 0.001) < 0.5);
}

TEST(non_finite_values_are_skipped)
{
	struct novelty before;

	(void)highest_score(1000);
	memcpy(&before, k, sizeof(before));
	assert_true(isnan(novelty_update(k, NAN)));
	assert_true(isnan(novelty_update(k, INFINITY)));
	assert_true(isnan(novelty_update(k, -INFINITY)));
	assert_memory_equal(&before, k, sizeof(before));
}

TEST(score_of_extreme_values_is_within_0_and_1)
{
	static const double odd[] = { 0, -0.0, 1e308, -1e308, 5e-324, -5e-324, 1, 1e-300, 1e150,
		NAN };
	double s;

	for (unsigned i = 0; i < 20000; i++) {
		s = novelty_update(k, odd[lrand48() % (long)ARRAY_SIZE(odd)]);
		assert_true(isnan(s) || (s >= 0 && s < 1));
	}
	/* The detector still works after them. */
	novelty_start(k);
	(void)highest_score(LEARNT);
	assert_true(novelty_update(k, 200) > 0.7);
}

TEST(scale_and_offset_do_not_matter)
{
	struct novelty other;
	double x, a, b;

	novelty_start(&other);
	for (unsigned i = 0; i < 4000; i++) {
		x = next_value() + (i % 1000 == 999 ? 300 : 0);
		a = novelty_update(k, x);
		b = novelty_update(&other, 1024 * x - 4096);
		assert_true(fabs(a - b) < 0.02);
	}
}

/* The distances are updated incrementally; computed from the pieces they must be the same. */
TEST(incremental_distances_equal_computed_ones)
{
	for (unsigned i = 0; i < 4000; i++)
		(void)novelty_update(k, 100 * drand48());
	for (unsigned lag = 0; lag + NOVELTY_SHAPE_PIECES <= NOVELTY_LAGS; lag++) {
		int sum = 0;

		for (unsigned j = 0; j < NOVELTY_SHAPE_PIECES; j++)
			sum += abs(k->past[j] - k->past[j + lag + 1]);
		assert_int_equal(k->lag_distance[lag], sum);
	}
}

TEST(state_is_as_small_as_promised)
{
	assert_true(sizeof(struct novelty) <= 700);
}

/* A checksum over the bits of the scores of a fixed series is the same on every platform. */
TEST(scores_are_reproducible_to_the_bit)
{
	uint64_t lcg = 1, sum = 0, bits;
	double s;

	for (unsigned i = 0; i < 6000; i++) {
		lcg = lcg * 6364136223846793005ULL + 1442695040888963407ULL;
		s = novelty_update(k,
		        (double)(lcg >> 40) + (double)(i % 300) * 3e4 + (i % 1777 == 9 ? 9e7 : 0));
		memcpy(&bits, &s, sizeof(bits));
		sum = sum * 31 + bits;
	}
	assert_true(sum == 0x9a4ac4e1fd52cb4a);
}
