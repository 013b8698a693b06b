/* SPDX-License-Identifier: Apache-2.0 */
/* correlation.c - made machines whose metrics move together, and what breaks that. */
#include "tests/unit/lib/test.h"

#include <stdlib.h>

#include "agent/anomaly/correlation.h"

enum { METRICS = 200, HEALTHY = 24000, LEARNT = 4000 };

static struct machine {
	struct correlation k;
	struct correlation_metric m[METRICS];
	double x[METRICS], own[METRICS], weight[METRICS][2], load;
	size_t count;
	unsigned t;
} g;

static double gauss(void)
{
	return sqrt(-2 * log(1 - drand48())) * cos(2 * M_PI * drand48());
}

static void boot(size_t count)
{
	memset(&g, 0, sizeof(g));
	srand48(11);
	correlation_start(&g.k);
	g.count = count;
	for (size_t i = 0; i < count; i++) {
		correlation_forget(&g.m[i]);
		g.weight[i][0] = gauss();
		g.weight[i][1] = gauss();
	}
}

/* A load that wanders, a rhythm, each metric's own noise, and now and then a harmless spike. */
static void live(void)
{
	double rhythm = sin(g.t++ / 80.0);

	g.load = 0.95 * g.load + 0.3 * gauss();
	for (size_t i = 0; i < g.count; i++) {
		g.own[i] = 0.7 * g.own[i] + 0.7 * gauss();
		g.x[i] = 1000 + 50 * (g.weight[i][0] * g.load + g.weight[i][1] * rhythm + g.own[i]);
		if (drand48() < 0.0002)
			g.x[i] += 200;
	}
}

static double add(void)
{
	return correlation_update(&g.k, g.m, g.x, g.count);
}

/* In a healthy life, after the learning: samples that reach a score, and how often that began. */
static unsigned alarms(double score, unsigned *begun)
{
	unsigned n = 0, before = 0, starts = 0;

	for (unsigned t = 0; t < HEALTHY; t++) {
		live();
		unsigned now = add() >= score && t >= LEARNT;

		n += now;
		starts += now > before;
		before = now;
	}
	if (begun)
		*begun = starts;
	return n;
}

/* One sample in a thousand is what 0.5 means, 20 of these; they come in bursts, as the load does. */
TEST(false_alarms_do_not_grow_with_metrics)
{
	static const size_t counts[] = { 2, 8, 40, METRICS };
	unsigned begun;

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		boot(counts[i]);
		assert_in_range(alarms(0.5, &begun), 0, 60);
		assert_in_range(begun, 0, 25);
	}
}

TEST(a_quarter_is_seen_once_in_ten)
{
	boot(40);
	assert_in_range(alarms(0.25, NULL), HEALTHY / 30, HEALTHY / 6);
}

static double loudest(unsigned n, void (*harm)(void))
{
	double top = 0, s;

	for (unsigned t = 0; t < n; t++) {
		live();
		harm();
		s = add();
		top = s > top ? s : top;
	}
	return top;
}

static void one_runs_away(void)
{
	g.x[7] += 700;
}

TEST(single_anomalous_metric_among_200_is_named)
{
	boot(METRICS);
	(void)alarms(1, NULL);
	assert_true(loudest(20, one_runs_away) > 0.5);
	for (size_t i = 0; i < g.count; i++)
		assert_true(i == 7 || g.m[i].contribution < g.m[7].contribution / 4);
	assert_true(g.m[7].contribution <= 1);
}

/* Each value is one that is seen every day, but not together with the others. */
static void one_goes_against_the_load(void)
{
	g.load = 3;
	g.x[3] = 1000 - 50 * 3 * g.weight[3][0];
}

static void none(void)
{
	g.load = 3;
}

TEST(a_metric_that_parts_from_the_others_is_noticed)
{
	double together;

	boot(8);
	g.weight[3][0] = 3;
	for (unsigned i = 0; i < 8; i++)
		g.weight[i][1] = 0;
	(void)alarms(1, NULL);
	together = loudest(10, none);
	assert_true(loudest(10, one_goes_against_the_load) > together + 0.1);
}

TEST(shares_add_up)
{
	double sum = 0;

	boot(40);
	(void)alarms(1, NULL);
	for (size_t i = 0; i < g.count; i++)
		sum += (double)g.m[i].contribution;
	assert_true(fabs(sum - 1) < 1e-3);
}

TEST(an_incident_does_not_become_the_norm_at_once)
{
	boot(8);
	(void)alarms(1, NULL);
	for (unsigned t = 0; t < 20; t++) {
		live();
		one_runs_away();
		(void)add();
	}
	for (unsigned t = 0; t < 200; t++) {
		live();
		(void)add();
	}
	assert_true(loudest(20, one_runs_away) > 0.5);
}

TEST(unknown_value_is_neither_learnt_nor_judged)
{
	float mean;

	boot(8);
	(void)alarms(1, NULL);
	mean = g.m[5].mean;
	for (unsigned t = 0; t < 100; t++) {
		live();
		g.x[5] = t % 2 ? NAN : INFINITY;
		assert_true(add() < 1);
		assert_true(g.m[5].contribution == 0);
	}
	assert_true(g.m[5].mean == mean);
	for (size_t i = 0; i < g.count; i++)
		g.x[i] = NAN;
	assert_true(isnan(add()));
}

TEST(a_new_metric_is_learnt_first)
{
	boot(8);
	(void)alarms(1, NULL);
	correlation_forget(&g.m[2]);
	g.weight[2][0] = 0;
	for (unsigned t = 0; t < 40; t++) {
		live();
		g.x[2] += 1e6;
		(void)add();
		assert_true(g.m[2].contribution == 0);
	}
}

TEST(hostile_values_stay_finite)
{
	static const double odd[] = { 0, -0.0, 1e308, -1e308, 5e-324, NAN, INFINITY, -INFINITY,
		1e18, 1 };

	boot(16);
	for (unsigned t = 0; t < 5000; t++) {
		for (size_t i = 0; i < g.count; i++)
			g.x[i] = odd[lrand48() % (long)ARRAY_SIZE(odd)];
		double s = add();

		assert_true(isnan(s) || (s >= 0 && s < 1));
	}
	for (size_t i = 0; i < g.count; i++) {
		assert_true(isfinite(g.m[i].mean) && isfinite(g.m[i].var));
		for (int part = 0; part < CORRELATION_COMPONENTS; part++)
			assert_true(isfinite(g.m[i].loading[part]));
	}
}

TEST(constants_are_not_strange)
{
	boot(8);
	for (size_t i = 0; i < g.count; i++)
		g.x[i] = (double)i;
	for (unsigned t = 0; t < 3000; t++)
		assert_false(add() >= 0.5);
}
