/* SPDX-License-Identifier: Apache-2.0 */
/* drive_model.c - drives that age, and drives that fail. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/predict/drive_model.h"

static struct wear w;
static struct wear_reading r;

FIXTURE(setup)
{
	wear_start(&w);
	r = (struct wear_reading){ .health_known = true };
	return 0;
}

static void read_for(unsigned hours)
{
	while (hours-- > 0)
		wear_add(&w, &r, 1);
}

TEST(nothing_is_known_before_the_first_reading)
{
	struct wear_reading none = { 0 };

	assert_true(isnan(wear_risk(&w, &none)));
}

TEST(a_drive_without_errors_is_well)
{
	read_for(24 * 30);
	assert_true(wear_risk(&w, &r) < 0.02);
}

TEST(risk_grows_with_what_the_drive_counts)
{
	double well, old, worse;

	read_for(1000);
	well = wear_risk(&w, &r);
	r.counter[WEAR_REALLOCATED] = 8;
	read_for(5000); /* long ago, and nothing since */
	old = wear_risk(&w, &r);
	for (unsigned day = 0; day < 5; day++) {
		r.counter[WEAR_REALLOCATED] += 50;
		r.counter[WEAR_REPORTED] += 3;
		r.counter[WEAR_PENDING] += 16;
		r.counter[WEAR_UNCORRECTABLE] += 16;
		read_for(24);
	}
	worse = wear_risk(&w, &r);
	assert_true(well < old && old < worse);
	assert_true(worse > 10 * well && worse < 1);
}

TEST(what_the_drive_calls_failing_is_a_floor)
{
	read_for(100);
	r.failing_now = true;
	assert_true(wear_risk(&w, &r) >= 0.9);
	r.failing_now = false;
	assert_true(wear_risk(&w, &r) < 0.1);
	r.critical_warning = 0x04;
	assert_true(wear_risk(&w, &r) >= 0.9);
}

/* An NVMe drive has none of the counters: the table must not speak of it. */
TEST(a_drive_without_counters_has_only_its_own_word)
{
	for (int i = 0; i < WEAR_COUNTERS; i++)
		r.counter[i] = NAN;
	read_for(100);
	assert_true(wear_risk(&w, &r) == 0);
	r.critical_warning = 1;
	assert_true(wear_risk(&w, &r) >= 0.9);
	r = (struct wear_reading){ 0 };
	for (int i = 0; i < WEAR_COUNTERS; i++)
		r.counter[i] = NAN;
	assert_true(isnan(wear_risk(&w, &r)));
}

TEST(the_first_reading_is_no_growth)
{
	float f[WEAR_FEATURES];

	r.counter[WEAR_REALLOCATED] = 5000;
	read_for(1);
	wear_features(&w, f);
	assert_true(f[3 * WEAR_REALLOCATED] == 5000 && f[3 * WEAR_REALLOCATED + 1] == 0);
	assert_true(f[WEAR_CHANGES] == 0 && f[WEAR_BAD] == 1);
}

TEST(growth_leaks_away)
{
	float f[WEAR_FEATURES], days;

	read_for(1);
	r.counter[WEAR_PENDING] = 100;
	read_for(1);
	wear_features(&w, f);
	assert_true(f[3 * WEAR_PENDING + 1] == 100 && f[WEAR_QUIET] == 0);
	read_for(72);
	wear_features(&w, f);
	days = f[3 * WEAR_PENDING + 1];
	assert_true(days > 25 && days < 45); /* about 1/e after its time constant */
	assert_true(f[3 * WEAR_PENDING + 2] > 85 && f[WEAR_QUIET] == 72);
	assert_true(f[3 * WEAR_PENDING] == 100);
}

TEST(a_sector_that_healed_is_no_growth)
{
	float f[WEAR_FEATURES];

	r.counter[WEAR_PENDING] = 100;
	read_for(2);
	r.counter[WEAR_PENDING] = 0;
	read_for(2);
	wear_features(&w, f);
	assert_true(
	        f[3 * WEAR_PENDING] == 0 && f[3 * WEAR_PENDING + 1] == 0 && f[WEAR_CHANGES] == 0);
}

TEST(a_counter_that_could_not_be_read_is_as_it_was)
{
	double before;

	r.counter[WEAR_REPORTED] = 40;
	read_for(3);
	before = wear_risk(&w, &r);
	r.counter[WEAR_REPORTED] = NAN;
	wear_add(&w, &r, 0);
	assert_true(wear_risk(&w, &r) == before);
	r.counter[WEAR_REPORTED] = 40;
	wear_add(&w, &r, 0);
	assert_true(wear_risk(&w, &r) == before);
}

TEST(how_often_it_is_read_matters_little)
{
	struct wear often, seldom;
	double a, b;

	wear_start(&often);
	wear_start(&seldom);
	for (unsigned h = 0; h < 24 * 40; h++) {
		if (h == 100 || h == 500)
			r.counter[WEAR_REALLOCATED] += 24;
		wear_add(&often, &r, 1);
		if (h % 20 == 0)
			wear_add(&seldom, &r, 20);
	}
	a = wear_risk(&often, &r);
	b = wear_risk(&seldom, &r);
	assert_true(a < 1.6 * b && b < 1.6 * a);
}

TEST(hostile_readings_yield_a_risk)
{
	static const double odd[] = { 0, -1, 1e308, -1e308, 5e-324, NAN, INFINITY, -INFINITY, 65535,
		281474976710655 };
	double risk;

	srand48(3);
	for (unsigned i = 0; i < 20000; i++) {
		for (int c = 0; c < WEAR_COUNTERS; c++)
			r.counter[c] = odd[lrand48() % (long)ARRAY_SIZE(odd)];
		wear_add(&w, &r, odd[lrand48() % (long)ARRAY_SIZE(odd)]);
		risk = wear_risk(&w, &r);
		assert_true(isnan(risk) || (risk >= 0 && risk <= 1));
	}
	assert_true(isfinite(w.changes) && isfinite(w.quiet_h));
	for (int c = 0; c < WEAR_COUNTERS; c++)
		assert_true(isfinite(w.days[c]) && isfinite(w.month[c]));
}
