/* SPDX-License-Identifier: Apache-2.0 */
/* drive_model.c - drives that age, and drives that fail. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/predict/drive_model.h"

static struct drive_model w;
static struct drive_reading r;

FIXTURE(setup)
{
	drive_model_start(&w);
	r = (struct drive_reading){ .health_known = true };
	return 0;
}

static void read_for(unsigned hours)
{
	while (hours-- > 0)
		drive_model_update(&w, &r, 1);
}

TEST(first_reading_is_preceded_by_unknown)
{
	struct drive_reading none = { 0 };

	assert_true(isnan(drive_model_risk(&w, &none)));
}

TEST(a_drive_without_errors_is_well)
{
	read_for(24 * 30);
	assert_true(drive_model_risk(&w, &r) < 0.02);
}

TEST(risk_grows_with_what_the_drive_counts)
{
	double well, old, worse;

	read_for(1000);
	well = drive_model_risk(&w, &r);
	r.counter[DRIVE_COUNTER_REALLOCATED] = 8;
	read_for(5000); /* long ago, and nothing since */
	old = drive_model_risk(&w, &r);
	for (unsigned day = 0; day < 5; day++) {
		r.counter[DRIVE_COUNTER_REALLOCATED] += 50;
		r.counter[DRIVE_COUNTER_REPORTED] += 3;
		r.counter[DRIVE_COUNTER_PENDING] += 16;
		r.counter[DRIVE_COUNTER_UNCORRECTABLE] += 16;
		read_for(24);
	}
	worse = drive_model_risk(&w, &r);
	assert_true(well < old && old < worse);
	assert_true(worse > 10 * well && worse < 1);
}

TEST(drive_flag_is_a_floor_of_the_model)
{
	read_for(100);
	r.failing_now = true;
	assert_true(drive_model_risk(&w, &r) >= 0.9);
	r.failing_now = false;
	assert_true(drive_model_risk(&w, &r) < 0.1);
	r.critical_warning = 0x04;
	assert_true(drive_model_risk(&w, &r) >= 0.9);
}

/* An NVMe drive has none of the counters: the table must not speak of it. */
TEST(a_drive_without_counters_has_only_its_own_word)
{
	for (int i = 0; i < DRIVE_COUNTERS; i++)
		r.counter[i] = NAN;
	read_for(100);
	assert_true(drive_model_risk(&w, &r) == 0);
	r.critical_warning = 1;
	assert_true(drive_model_risk(&w, &r) >= 0.9);
	r = (struct drive_reading){ 0 };
	for (int i = 0; i < DRIVE_COUNTERS; i++)
		r.counter[i] = NAN;
	assert_true(isnan(drive_model_risk(&w, &r)));
}

TEST(the_first_reading_is_no_growth)
{
	float f[DRIVE_MODEL_FEATURES];

	r.counter[DRIVE_COUNTER_REALLOCATED] = 5000;
	read_for(1);
	drive_model_features(&w, f);
	assert_true(f[3 * DRIVE_COUNTER_REALLOCATED] == 5000 &&
	            f[3 * DRIVE_COUNTER_REALLOCATED + 1] == 0);
	assert_true(f[DRIVE_MODEL_CHANGES] == 0 && f[DRIVE_COUNTER_BAD] == 1);
}

TEST(growth_leaks_away)
{
	float f[DRIVE_MODEL_FEATURES], days;

	read_for(1);
	r.counter[DRIVE_COUNTER_PENDING] = 100;
	read_for(1);
	drive_model_features(&w, f);
	assert_true(f[3 * DRIVE_COUNTER_PENDING + 1] == 100 && f[DRIVE_MODEL_QUIET] == 0);
	read_for(72);
	drive_model_features(&w, f);
	days = f[3 * DRIVE_COUNTER_PENDING + 1];
	assert_true(days > 25 && days < 45); /* about 1/e after its time constant */
	assert_true(f[3 * DRIVE_COUNTER_PENDING + 2] > 85 && f[DRIVE_MODEL_QUIET] == 72);
	assert_true(f[3 * DRIVE_COUNTER_PENDING] == 100);
}

TEST(a_sector_that_healed_is_no_growth)
{
	float f[DRIVE_MODEL_FEATURES];

	r.counter[DRIVE_COUNTER_PENDING] = 100;
	read_for(2);
	r.counter[DRIVE_COUNTER_PENDING] = 0;
	read_for(2);
	drive_model_features(&w, f);
	assert_true(f[3 * DRIVE_COUNTER_PENDING] == 0 && f[3 * DRIVE_COUNTER_PENDING + 1] == 0 &&
	            f[DRIVE_MODEL_CHANGES] == 0);
}

TEST(a_counter_that_could_not_be_read_is_as_it_was)
{
	double before;

	r.counter[DRIVE_COUNTER_REPORTED] = 40;
	read_for(3);
	before = drive_model_risk(&w, &r);
	r.counter[DRIVE_COUNTER_REPORTED] = NAN;
	drive_model_update(&w, &r, 0);
	assert_true(drive_model_risk(&w, &r) == before);
	r.counter[DRIVE_COUNTER_REPORTED] = 40;
	drive_model_update(&w, &r, 0);
	assert_true(drive_model_risk(&w, &r) == before);
}

TEST(reading_interval_matters_little)
{
	struct drive_model often, seldom;
	double a, b;

	drive_model_start(&often);
	drive_model_start(&seldom);
	for (unsigned h = 0; h < 24 * 40; h++) {
		if (h == 100 || h == 500)
			r.counter[DRIVE_COUNTER_REALLOCATED] += 24;
		drive_model_update(&often, &r, 1);
		if (h % 20 == 0)
			drive_model_update(&seldom, &r, 20);
	}
	a = drive_model_risk(&often, &r);
	b = drive_model_risk(&seldom, &r);
	assert_true(a < 1.6 * b && b < 1.6 * a);
}

TEST(hostile_readings_yield_a_risk)
{
	static const double odd[] = { 0, -1, 1e308, -1e308, 5e-324, NAN, INFINITY, -INFINITY, 65535,
		281474976710655 };
	double risk;

	srand48(3);
	for (unsigned i = 0; i < 20000; i++) {
		for (int c = 0; c < DRIVE_COUNTERS; c++)
			r.counter[c] = odd[lrand48() % (long)ARRAY_SIZE(odd)];
		drive_model_update(&w, &r, odd[lrand48() % (long)ARRAY_SIZE(odd)]);
		risk = drive_model_risk(&w, &r);
		assert_true(isnan(risk) || (risk >= 0 && risk <= 1));
	}
	assert_true(isfinite(w.changes) && isfinite(w.quiet_h));
	for (int c = 0; c < DRIVE_COUNTERS; c++)
		assert_true(isfinite(w.days[c]) && isfinite(w.month[c]));
}
