/* SPDX-License-Identifier: Apache-2.0 */
/* anomaly.c - a table of metrics, and when the machine as a whole is unusual. */
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/anomaly/anomaly.h"

static struct table table;
static struct anomaly *u;
static struct series *series[SERIES_MAX];
static uint64_t now_ms;

static void boot(unsigned count)
{
	char name[SERIES_NAME];

	memset(&table, 0, sizeof(table));
	srand48(9);
	now_ms = 1000;
	free(u);
	u = anomaly_new(ANOMALY_ALL);
	assert_non_null(u);
	for (unsigned i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		series[i] = table_series(&table, name, "");
	}
}

FIXTURE(teardown)
{
	free(u);
	u = NULL;
	return 0;
}

static double tick(int who, double more)
{
	table_tick(&table, now_ms += 10000);
	for (unsigned i = 0; i < table.count; i++)
		series_set(series[i], &table,
		        100 + i + drand48() + drand48() + (i == (unsigned)who ? more : 0));
	return anomaly_update(u, &table);
}

static unsigned loud(unsigned ticks)
{
	unsigned n = 0;

	while (ticks-- > 0)
		n += tick(-1, 0) >= 0.5;
	return n;
}

TEST(many_metrics_are_not_unusual_more_often)
{
	boot(1);
	(void)loud(2000);
	assert_in_range(loud(6000), 0, 12);
	boot(200);
	(void)loud(2000);
	assert_in_range(loud(6000), 0, 24);
}

TEST(spiking_metric_is_named)
{
	boot(50);
	(void)loud(2000);
	assert_true(tick(17, 500) > 0.6);
	assert_int_equal(anomaly_reason(u).series, 17);
	assert_int_equal(anomaly_reason(u).how, NOVELTY_LEVEL);
}

TEST(a_tick_that_brings_nothing_is_not_judged)
{
	boot(3);
	(void)tick(-1, 0);
	assert_true(isnan(anomaly_update(u, &table)));
	table_tick(&table, now_ms += 10000);
	for (unsigned i = 0; i < table.count; i++)
		series_set(series[i], &table, NAN);
	assert_true(isnan(anomaly_update(u, &table)));
}

TEST(another_series_in_the_slot_is_learnt_anew)
{
	boot(3);
	(void)loud(1000);
	series_drop(series[1]);
	series[1] = table_series(&table, "other", "");
	assert_non_null(series[1]);
	for (unsigned i = 0; i < 50; i++)
		assert_false(tick(1, 1e6) >= 0.5);
}
