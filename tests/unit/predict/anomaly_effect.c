/* SPDX-License-Identifier: Apache-2.0 */
/* anomaly_effect.c - anomalies and their effect on risks: a whole machine's table through both. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <stdio.h>

#include "agent/serve/explanation.h"
#include "tests/unit/lib/score_rig.h"

enum { GAUGES = 40 };

static struct anomaly *u;
static struct series *fs, *errors, *gauge[GAUGES];
static double load, own[GAUGES], used, resets;

FIXTURE(setup)
{
	char name[SERIES_NAME];

	(void)rig_start(state);
	srand48(5);
	memset(own, 0, sizeof(own));
	load = resets = 0;
	used = 0.4;
	errors = NULL;
	u = anomaly_new(ANOMALY_UNSCORED);
	fs = table_series(&g.table, "fs.used_ratio", "/data");
	for (int i = 0; i < GAUGES; i++) {
		(void)snprintf(name, sizeof(name), "disk.gauge%d", i);
		gauge[i] = table_series(&g.table, name, "vda");
	}
	return u ? 0 : -1;
}

FIXTURE(teardown)
{
	free(u);
	u = NULL;
	return 0;
}

/* Ten seconds: all gauges follow one load, each with noise; `parted` does not follow it. */
static void tick(int parted, double more)
{
	load = 0.95 * load + 0.3 * rig_gauss();
	rig_tick(10);
	series_set(fs, &g.table, used + 0.001 * drand48());
	for (int i = 0; i < GAUGES; i++) {
		own[i] = 0.5 * own[i] + 0.1 * rig_gauss();
		series_set(gauge[i], &g.table,
		        100 + 10 * ((i == parted ? -load : load) + own[i]) +
		                (i == parted ? more : 0));
	}
	if (errors)
		series_set(errors, &g.table, resets);
	anomaly_effect_update(&g.scorer.anomaly, u, &g.table);
	rig_score();
}

static void live(unsigned ticks)
{
	while (ticks-- > 0)
		tick(-1, 0);
}

TEST(spike_is_reported_then_decays)
{
	char words[EVENT_ANOMALY_MAX];

	live(1500);
	tick(7, 5000);
	assert_true(g.scorer.anomaly.now > 0.3);
	anomaly_effect_describe(&g.scorer.anomaly, words);
	assert_non_null(strstr(words, "disk.gauge7[vda] "));
	live(600);
	anomaly_effect_describe(&g.scorer.anomaly, words);
	assert_null(strstr(words, "gauge7"));
	assert_int_equal(g.raised, 0);
}

/* Each of its values has been seen a hundred times; only together they have not. */
TEST(broken_correlation_is_noticed)
{
	double least = INFINITY, most = -INFINITY, x;
	bool seen = false, inside = true;

	for (int i = 0; i < 4000; i++) {
		tick(-1, 0);
		least = fmin(least, gauge[3]->value);
		most = fmax(most, gauge[3]->value);
	}
	for (int i = 0; i < 200 && !seen; i++) {
		struct anomaly_reason why;

		tick(3, 0);
		x = gauge[3]->value;
		inside = inside && x >= least && x <= most;
		why = anomaly_reason(u);
		seen = g.scorer.anomaly.now > 0 && why.together &&
		       why.series == (int)(gauge[3] - g.table.series);
	}
	assert_true(inside);
	assert_true(seen);
}

TEST(unusual_alone_fires_nothing_however_long_it_lasts)
{
	live(500);
	for (int i = 0; i < 2000; i++) {
		tick(i % GAUGES, 100.0 * i * (i % 2 ? 1 : -1));
		assert_true(g.scorer.groups.risk < 0.3);
	}
	assert_int_equal(g.raised, 0);
}

TEST(anomaly_multiplies_odds_by_up_to_three)
{
	double alone, before;

	errors = table_series(&g.table, "kernel.io_resets", "");
	live(500);
	resets = 1;
	live(1);
	before = rig_verdict(errors)->risk;
	assert_true(before > 0.55 && before < 0.65);
	assert_near(rig_verdict(errors)->base_risk, before);
	assert_int_equal(g.raised, 0);
	/* Disks hang beside it: the same sign is one of failure now, and the event says why. */
	for (int i = 0; i < 4; i++)
		tick(i, 1e5);
	resets = 2;
	live(1);
	alone = rig_verdict(errors)->base_risk;
	assert_true(rig_verdict(errors)->risk > alone);
	assert_true(rig_verdict(errors)->risk / (1 - rig_verdict(errors)->risk) <=
	            3 * alone / (1 - alone) + 1e-9);
	assert_int_equal(g.raised, 1);
	assert_string_equal(g.last.metric, "kernel.io_resets");
	assert_string_equal(g.last.cause, "io");
	assert_non_null(strstr(g.last.unusual, "disk.gauge"));
}

TEST(anomaly_does_not_raise_its_own_group)
{
	const struct anomaly_effect o = { .now = 1 };
	struct risk_groups c = { 0 };
	uint16_t mem = risk_group_join(&c, "swap.used_ratio", ""),
	         other = risk_group_join(&c, "fs.used_ratio", "/");

	risk_groups_begin(&c, "mem.cached_kib", "", anomaly_effect_odds(&o));
	assert_near(risk_group_raise(&c, mem, 0.5), 0.5);
	assert_near(risk_group_raise(&c, 0, 0.5), 0.5);
	assert_near(risk_group_raise(&c, other, 0.5), 0.75);
	assert_near(risk_group_raise(&c, other, 0), 0);
	assert_near(risk_group_raise(&c, other, 1), 1);
	assert_true(isnan(risk_group_raise(&c, other, NAN)));
	for (double p = 0; p <= 1; p += 0.01)
		assert_true(risk_group_raise(&c, other, p) - p < ANOMALY_RISK_MAX);
}

TEST(anomaly_adds_the_same_for_many_groups_as_for_one)
{
	struct risk_groups c = { 0 };
	char name[16];

	risk_groups_begin(&c, "", "", 1);
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "/%d", i);
		uint16_t place = risk_group_join(&c, "fs.used_ratio", name);

		c.group[place - 1].risk = NAN;
		risk_group_report(&c, place, 0.14, 0.05, i);
	}
	risk_groups_end(&c);
	assert_true(c.risk <= c.base_risk + ANOMALY_RISK_MAX);
	assert_true(c.risk > c.base_risk);
}

TEST(alarms_of_200_metrics_are_not_200_times_as_many)
{
	unsigned loud = 0;

	live(2000);
	for (int i = 0; i < 8640; i++) { /* a day */
		double before = g.scorer.anomaly.now;

		tick(-1, 0);
		loud += g.scorer.anomaly.now > before;
	}
	assert_in_range(loud, 0, 24); /* of 40 metrics; one alone has 9 */
}

TEST(the_explanation_has_it_with_the_risk_without_it)
{
	json_t *doc, *unusual;

	live(500);
	tick(7, 5000);
	doc = explain(&g.scorer, &g.table, &conf);
	unusual = json_object_get(doc, "unusual");
	assert_true(json_number_value(json_object_get(unusual, "now")) > 0.3);
	assert_string_equal(json_string_value(json_object_get(unusual, "metric")), "disk.gauge7");
	assert_string_equal(json_string_value(json_object_get(unusual, "instance")), "vda");
	assert_true(json_number_value(json_object_get(doc, "alone")) <=
	            json_number_value(json_object_get(doc, "risk")));
	json_decref(doc);
}

TEST(a_suspension_and_a_clock_that_jumps_leave_it_sane)
{
	live(1000);
	tick(7, 5000);
	g.now_s += 86400; /* suspended for a day */
	live(1);
	assert_true(g.scorer.anomaly.now < 0.9);
	g.now_s -= 50000;
	live(1000);
	assert_true(g.scorer.anomaly.now >= 0 && g.scorer.anomaly.now <= 1);
	assert_int_equal(g.raised, 0);
}

TEST(new_metrics_are_learnt_before_they_count)
{
	live(1000);
	for (int round = 0; round < 10; round++) {
		series_drop(gauge[5]);
		gauge[5] = table_series(&g.table, round % 2 ? "disk.gauge5" : "disk.other", "vdb");
		assert_non_null(gauge[5]);
		for (int i = 0; i < 40; i++) {
			tick(-1, 0);
			assert_string_not_equal(g.scorer.anomaly.instance, "vdb");
		}
	}
	assert_int_equal(g.raised, 0);
}
