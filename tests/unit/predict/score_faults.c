/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score_faults.c - faults, risk groups and the machine's risk, changed limits, several horizons,
 * saved state.
 */
#define TEST_SETUP rig_start
#include "tests/unit/lib/test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/base/path.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/score_rig.h"

static const struct verdict *of(const struct series *s)
{
	return rig_verdict(s);
}

static void sample(struct series *s, double value)
{
	rig_sample(s, 10, value);
}

static void go(struct series *s, double a, double b, int n)
{
	for (int i = 1; i <= n; i++)
		sample(s, a + (b - a) * i / n + 0.001 * (i % 3));
}

TEST(a_counter_that_rises_is_told_at_once_and_fades)
{
	struct series *s = table_series(&g.table, "kernel.oom_kills", "");

	sample(s, 3); /* from before us */
	assert_int_equal(g.raised, 0);
	assert_near(of(s)->risk, 0);
	sample(s, 4);
	assert_int_equal(g.raised, 1);
	assert_true(of(s)->risk >= 0.9);
	assert_non_null(strstr(g.last.reason, "a sign of failure"));
	for (int i = 0; i < 200; i++)
		sample(s, 4);
	assert_int_equal(g.cleared, 1);
	assert_true(of(s)->risk < 0.2);
	sample(s, 0); /* begun anew */
	assert_int_equal(g.raised, 1);
}

TEST(flag_is_fault_while_set_liveness_while_missing)
{
	struct series *flag = table_series(&g.table, "fs.readonly", ""), *alive;

	sample(flag, 0);
	assert_int_equal(g.raised, 0);
	for (int i = 0; i < 500; i++)
		sample(flag, 1);
	assert_int_equal(g.raised, 1);
	assert_int_equal(g.cleared, 0);
	alive = table_series(&g.table, "process.watched.alive", "");
	sample(alive, 1);
	assert_int_equal(g.raised, 1);
	sample(alive, 0);
	assert_int_equal(g.raised, 2);
	sample(alive, NAN);
	assert_int_equal(of(alive)->state, SCORE_RAISED);
}

TEST(a_weaker_sign_raises_the_risk_and_nothing_else)
{
	struct series *s = table_series(&g.table, "disk.timeouts", "");

	sample(s, 0);
	sample(s, 2);
	assert_int_equal(g.raised, 0);
	assert_true(of(s)->risk > 0.5);
	assert_true(g.scorer.groups.risk > 0.5);
}

TEST(memory_and_swap_share_a_group_two_disks_do_not)
{
	struct risk_groups c = { 0 };
	uint16_t mem = risk_group_join(&c, "mem.used_ratio", ""),
	         swap = risk_group_join(&c, "swap.used_ratio", "");
	uint16_t a = risk_group_join(&c, "fs.used_ratio", "/a"),
	         ai = risk_group_join(&c, "fs.inodes.used_ratio", "/a");
	uint16_t b = risk_group_join(&c, "fs.used_ratio", "/b");

	assert_int_equal(mem, swap);
	assert_int_equal(a, ai);
	assert_int_not_equal(a, b);
	risk_groups_begin(&c, "", "", 1);
	risk_groups_end(&c);
	assert_true(isnan(c.risk));
	risk_groups_begin(&c, "", "", 1);
	risk_group_report(&c, mem, 0.5, 0.5, 0);
	risk_group_report(&c, swap, 0.4, 0.4, 1); /* the same trouble: it does not count twice */
	risk_group_report(&c, a, 0.5, 0.5, 2);
	risk_group_report(&c, b, NAN, NAN, 3);
	risk_groups_end(&c);
	assert_near(c.risk, 0.75);
	assert_int_equal(c.group[mem - 1].worst, 0);
	risk_group_leave(&c, a);
	risk_group_leave(&c, ai);
	assert_int_equal(risk_group_join(&c, "disk.stuck", "vda"), a); /* its place is free */
}

TEST(more_causes_than_there_is_room_for_are_left_out)
{
	struct risk_groups c = { 0 };
	char name[16];

	for (int i = 0; i < RISK_GROUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "/%d", i);
		assert_int_equal(risk_group_join(&c, "fs.used_ratio", name), i + 1);
	}
	assert_int_equal(risk_group_join(&c, "fs.used_ratio", "/more"), 0);
	risk_group_report(&c, 0, 1, 1, 0);
	risk_group_leave(&c, 0);
}

TEST(a_limit_that_is_doubled_halves_what_was_learnt)
{
	struct series *s = table_series(&g.table, "fs.used_ratio", "/data");

	series_limit(s, 100);
	go(s, 0.2, 0.6, 200);
	series_limit(s, 200); /* the same content, twice the room, and it goes on as it did */
	go(s, 0.3, 0.5, 200);
	assert_int_equal(g.raised, 0);
	/* 0.2 in 2000 s, through the change: at half the old pace of the ratio, and never a fall. */
	assert_true(of(s)->slope_per_s > 0.7e-4 && of(s)->slope_per_s < 1.3e-4);
	assert_true(g.scorer.bound[0].x.trend[0].max_drop < 0.02F);
}

TEST(a_slow_fill_is_seen_by_the_long_horizons_only)
{
	struct series *s = table_series(&g.table, "fs.used_ratio", "/slow");

	go(s, 0.3, 0.3, 2 * 8640);
	go(s, 0.3, 0.85, 3 * 8640);
	assert_int_equal(g.scorer.horizons.count, 4);
	assert_true(of(s)->within[0] < 0.2);
	assert_true(of(s)->within[3] > of(s)->within[0]);
	for (int i = 1; i < 4; i++)
		assert_true(of(s)->within[i] >= of(s)->within[i - 1]);
	assert_int_equal(g.raised, 0);
}

TEST(horizons_that_change_start_the_trends_anew)
{
	struct horizons h = { 0 };

	assert_true(horizons_set(&h, 600, false));
	assert_int_equal(h.count, 4);
	assert_false(horizons_set(&h, 600, false));
	assert_true(horizons_set(&h, 3600, false));
	assert_int_equal(h.count, 3);
	assert_true(horizons_set(&h, 10, true));
	assert_int_equal(h.count, 1);
}

TEST(series_without_room_stays_unknown_and_is_counted)
{
	char name[16];

	for (int i = 0; i < BOUNDS_MAX + 5; i++) {
		(void)snprintf(name, sizeof(name), "/%d", i);
		(void)table_series(&g.table, "fs.used_ratio", name);
	}
	sample(&g.table.series[BOUNDS_MAX + 1], 1);
	sample(&g.table.series[BOUNDS_MAX + 1], 1);
	assert_int_equal(g.scorer.refused, 5);
	assert_int_equal(g.raised, 0);
	assert_true(isnan(of(&g.table.series[BOUNDS_MAX + 1])->risk));
	for (int i = 0; i < 10; i++)
		series_drop(&g.table.series[i]);
	rig_score();
	assert_non_null(table_series(
	        &g.table, "fs.used_ratio", "/late")); /* a removed series leaves room */
	rig_score();
	assert_int_equal(g.scorer.refused, 5);
}

TEST(within_a_boot_all_goes_on_where_it_was)
{
	struct series *s = table_series(&g.table, "fs.used_ratio", "/data");
	struct verdict was, is;

	go(s, 0.2, 0.5, 200);
	assert_int_equal(score_state_save(&g.scorer, &g.table, "boot-a"), 0);
	sample(s, 0.5015);
	was = *of(s);
	assert_int_equal(rig_restart("boot-a"), 1);
	s = table_series(&g.table, "fs.used_ratio", "/data");
	g.now_s -= 10;
	sample(s, 0.5015);
	is = *of(s);
	assert_int_equal(is.state, SCORE_OK);
	assert_near(is.risk, was.risk);
	assert_near(is.slope_per_s, was.slope_per_s);
	assert_near(is.baseline, was.baseline);
}

TEST(reboot_restarts_slopes_and_keeps_baselines)
{
	struct series *s = table_series(&g.table, "mem.used_ratio", "");

	go(s, 0.3, 0.3, 300);
	assert_int_equal(score_state_save(&g.scorer, &g.table, "boot-a"), 0);
	assert_int_equal(rig_restart("boot-b"), 1);
	s = table_series(&g.table, "mem.used_ratio", "");
	g.now_s = 20; /* the clock of a boot */
	sample(s, 0.9);
	assert_int_equal(of(s)->state, SCORE_LEARNING);
	assert_true(fabs(of(s)->baseline - 0.3) < 0.01);
}

TEST(a_damaged_file_is_no_file)
{
	struct series *s = table_series(&g.table, "mem.used_ratio", "");
	char path[PATH_MAX];
	struct stat st;
	int fd;

	go(s, 0.3, 0.3, 20);
	assert_int_equal(score_state_save(&g.scorer, &g.table, "boot-a"), 0);
	assert_int_equal(path_full(path, score_state_file), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, "x", 1, st.st_size / 2), 1);
	assert_int_equal(score_state_load(&g.scorer, "boot-a"), -EBADMSG);
	assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
	assert_int_equal(score_state_load(&g.scorer, "boot-a"), -EBADMSG);
	assert_int_equal(ftruncate(fd, 3), 0);
	assert_int_equal(score_state_load(&g.scorer, "boot-a"), -EBADMSG);
	close(fd);
	unlink(path);
	assert_int_equal(score_state_load(&g.scorer, "boot-a"), -ENOENT);
	assert_null(g.scorer.saved);
}

TEST(fewer_false_alarms_want_more_certainty)
{
	struct score_conf cf = conf;
	double before = 0;

	assert_near(alarm_threshold(&cf), 0.8); /* as set */
	for (double many = 10; many > 0.0005; many /= 1.5) {
		cf.false_alarms = many;
		assert_true(alarm_threshold(&cf) >= before);
		assert_true(alarm_threshold(&cf) >= 0.5 && alarm_threshold(&cf) < 1);
		before = alarm_threshold(&cf);
	}
	assert_true(before > 0.9);
}

FIXTURE(end)
{
	score_state_discard(&g.scorer);
	return guest_close(state);
}

TEST_GROUP(guest_open, end);

TEST(a_full_table_counts_from_the_third_refusal_on)
{
	struct series *s = table_series(&g.table, "kernel.tables_full", "");

	sample(s, 0);
	sample(s, 2);
	assert_int_equal(g.raised, 0);
	sample(s, 3);
	assert_int_equal(g.raised, 1);
}

TEST(local_faults_are_not_the_machines)
{
	struct series *mem = table_series(&g.table, "mem.used_ratio", ""),
	              *local[] = { table_series(&g.table, "cgroup.oom_kills", "web.service"),
		              table_series(&g.table, "kernel.tables_full", "") };

	mem->fails_at = 1;
	for (int i = 0; i < 30; i++)
		sample(mem, 0.3);
	for (size_t i = 0; i < ARRAY_SIZE(local); i++) {
		sample(local[i], 0);
		sample(local[i], 5);
		assert_int_equal(g.raised, i + 1);
		assert_true(
		        score_is_local(&g.scorer, &g.table, (unsigned)(local[i] - g.table.series)));
	}
	assert_true(g.scorer.groups.risk < 0.1);
	assert_int_equal(score_worst(&g.scorer, &g.table), mem - g.table.series);
}
