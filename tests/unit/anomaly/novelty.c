/* SPDX-License-Identifier: Apache-2.0 */
/* novelty.c - made series, and what is unusual in them. */
#define TEST_SETUP    lean
#define TEST_TEARDOWN end
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/anomaly/novelty.h"

enum { DAY = 288, LEARNT = 10 * DAY };

static struct novelty *k;
static enum novelty_form form;
static unsigned now;

static int start(enum novelty_form f)
{
	form = f;
	now = 0;
	srand48(5);
	k = malloc(novelty_size(f));
	if (k)
		novelty_start(k, f);
	return k ? 0 : -1;
}

FIXTURE(lean)
{
	return start(NOVELTY_LEAN);
}

FIXTURE(end)
{
	free(k);
	return 0;
}

/* A day's rhythm with noise. */
static double usual(void)
{
	double u = now++ % DAY / (double)DAY;

	return 50 + 30 * sin(2 * M_PI * u) + 4 * drand48();
}

/* So many ordinary samples; the loudest of them. */
static double live(unsigned n)
{
	double top = 0, s;

	while (n-- > 0) {
		s = novelty_add(k, usual());
		top = s > top ? s : top;
	}
	return top;
}

TEST(a_rhythm_is_learnt)
{
	(void)live(LEARNT);
	assert_true(live(4 * DAY) < 0.5);
}

TEST(a_value_out_of_range_is_named)
{
	(void)live(LEARNT);
	assert_true(novelty_add(k, 200) > 0.7);
	assert_int_equal(k->why, NOVELTY_LEVEL);
	assert_string_equal(novelty_label(k->why), "level");
}

TEST(the_same_again_is_no_news)
{
	(void)live(LEARNT);
	assert_true(novelty_add(k, 200) > 0.7);
	for (unsigned i = 0; i < 5; i++)
		assert_true(novelty_add(k, 200) < 0.7);
}

TEST(a_plateau_where_the_rhythm_should_be_is_a_new_shape)
{
	double top = 0, calm, s;
	enum novelty_reason why = NOVELTY_NONE;

	(void)live(LEARNT);
	calm = live(3 * DAY);
	for (unsigned i = 0; i < 120; i++, now++) {
		s = novelty_add(k, 50 + 4 * drand48());
		if (s > top) {
			top = s;
			why = k->why;
		}
	}
	assert_true(top > 0.45 && top > calm + 0.15);
	assert_int_equal(why, NOVELTY_SHAPE);
}

TEST(unrest_within_the_range_is_noticed)
{
	double top = 0, s, calm;

	calm = live(LEARNT) > 0 ? live(2 * DAY) : 0;
	for (unsigned i = 0; i < 60; i++, now++) {
		s = novelty_add(k, i % 2 ? 80 : 20);
		top = s > top ? s : top;
	}
	assert_true(top > 0.5 && top > calm);
}

TEST(nothing_is_said_during_the_warmup)
{
	for (unsigned i = 0; i < NOVELTY_WARMUP; i++)
		assert_true(novelty_add(k, i % 7 == 3 ? 1e9 : drand48()) == 0);
}

TEST(a_constant_is_not_unusual_and_its_end_is)
{
	for (unsigned i = 0; i < 3000; i++)
		assert_true(novelty_add(k, 42) < 0.5);
	assert_true(novelty_add(k, 43) > 0.5);
	assert_true(novelty_add(k, 43) < 0.5);
}

TEST(a_rounding_error_is_not_an_event)
{
	for (unsigned i = 0; i < 3000; i++)
		(void)novelty_add(k, 1e12);
	assert_true(novelty_add(k, 1e12 + 0.001) < 0.5);
}

TEST(what_is_not_finite_is_not_taken_in)
{
	struct novelty *before = malloc(novelty_size(form));

	assert_non_null(before);
	(void)live(1000);
	memcpy(before, k, novelty_size(form));
	assert_true(isnan(novelty_add(k, NAN)));
	assert_true(isnan(novelty_add(k, INFINITY)));
	assert_true(isnan(novelty_add(k, -INFINITY)));
	assert_memory_equal(before, k, novelty_size(form));
	free(before);
}

TEST(hostile_values_stay_within_0_and_1)
{
	static const double odd[] = { 0, -0.0, 1e308, -1e308, 5e-324, -5e-324, 1, 1e-300, 1e150,
		NAN };
	double s;

	for (unsigned i = 0; i < 20000; i++) {
		s = novelty_add(k, odd[lrand48() % (long)ARRAY_SIZE(odd)]);
		assert_true(isnan(s) || (s >= 0 && s < 1));
	}
	/* and it has not been broken by them */
	novelty_start(k, form);
	(void)live(LEARNT);
	assert_true(novelty_add(k, 200) > 0.7);
}

TEST(scale_and_offset_do_not_matter)
{
	struct novelty *other = malloc(novelty_size(form));
	double x, a, b;

	assert_non_null(other);
	novelty_start(other, form);
	for (unsigned i = 0; i < 4000; i++) {
		x = usual() + (i % 1000 == 999 ? 300 : 0);
		a = novelty_add(k, x);
		b = novelty_add(other, 1024 * x - 4096);
		assert_true(fabs(a - b) < 0.02);
	}
	free(other);
}

/* The distances are kept by sums that slide; counted anew they must be the same. */
TEST(sliding_sums_equal_counted_ones)
{
	static const struct {
		enum novelty_form form;
		unsigned lags, shape;
	} scale[] = { { NOVELTY_LEAN, NOVELTY_LEAN_LAGS, 6 },
		{ NOVELTY_FULL, NOVELTY_FULL_LAGS, 4 }, { NOVELTY_FULL, NOVELTY_SHORT_LAGS, 8 } };
	const uint16_t *store = k->store;

	for (unsigned i = 0; i < 14 * (NOVELTY_FULL_LAGS + 50); i++)
		(void)novelty_add(k, 100 * drand48());
	for (size_t s = 0; s < ARRAY_SIZE(scale); s++) {
		const unsigned lags = scale[s].lags, shape = scale[s].shape;
		const int8_t *past = (const int8_t *)(store + lags);

		if (scale[s].form != form)
			continue;
		for (unsigned lag = 0; lag + shape <= lags; lag++) {
			int sum = 0;

			for (unsigned j = 0; j < shape; j++)
				sum += abs(past[j] - past[j + lag + 1]);
			assert_int_equal(store[lag], sum);
		}
		store += lags + (lags + shape + 2) / 2;
	}
}

TEST(the_forms_are_as_small_as_promised)
{
	assert_true(novelty_size(NOVELTY_LEAN) <= 800);
	assert_true(novelty_size(NOVELTY_FULL) <= 2700);
	assert_int_equal(novelty_size(NOVELTY_LEAN) % _Alignof(struct novelty), 0);
}

/* The same on every platform: a sum over the bits of what a fixed series yields. */
TEST(the_same_samples_give_the_same_scores)
{
	uint64_t lcg = 1, sum = 0, bits;
	double s;

	for (unsigned i = 0; i < 6000; i++) {
		lcg = lcg * 6364136223846793005ULL + 1442695040888963407ULL;
		s = novelty_add(k,
		        (double)(lcg >> 40) + (double)(i % 300) * 3e4 + (i % 1777 == 9 ? 9e7 : 0));
		memcpy(&bits, &s, sizeof(bits));
		sum = sum * 31 + bits;
	}
	assert_true(sum == (form == NOVELTY_FULL ? 0x97406a3349806ee5 : 0x9a4ac4e1fd52cb4a));
}
