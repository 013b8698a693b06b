/* SPDX-License-Identifier: Apache-2.0 */
/* drive_history.c - drives in the table over weeks, reboots and swaps, and their risks. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include <stdio.h>

#include "agent/predict/score_internal.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/score_rig.h"

/* One as its collector sets it. */
struct drive {
	const char *name;
	double reallocated, reported, pending, unreadable, on_h, identity, failing;
	bool nvme;
};

FIXTURE(setup)
{
	char path[PATH_MAX];

	if (path_full(path, score_state_file) == 0)
		(void)unlink(path);
	return rig_start(state);
}

static void put(const char *metric, const char *drive, double value)
{
	series_set(table_series(&g.table, metric, drive), &g.table, value);
}

static void put_drive(const struct drive *d)
{
	put("drive.on_s", d->name, d->on_h * 3600);
	put("drive.identity", d->name, d->identity);
	put("drive.failing", d->name, d->failing);
	if (d->nvme)
		return;
	put("smart.reallocated", d->name, d->reallocated);
	put("smart.reported_uncorrectable", d->name, d->reported);
	put("smart.command_timeouts", d->name, 0);
	put("smart.pending", d->name, d->pending);
	put("smart.offline_uncorrectable", d->name, d->unreadable);
}

/* Reads the drives each hour. */
static void run(struct drive *d, unsigned count, unsigned hours)
{
	while (hours-- > 0) {
		rig_tick(3600);
		for (unsigned i = 0; i < count; i++) {
			d[i].on_h++;
			put_drive(&d[i]);
		}
		rig_score();
	}
}

static const struct verdict *of(const char *drive)
{
	return rig_verdict(table_series(&g.table, "drive.failing", drive));
}

static const struct drive_record *worn(const char *drive)
{
	for (const struct drive_record *w = g.scorer.drives.drive;
	        w < g.scorer.drives.drive + DRIVE_RECORDS_MAX; w++)
		if (w->generation && strcmp(w->instance, drive) == 0)
			return w;
	fail_msg("no such drive");
	return NULL;
}

static void worsen(struct drive *d)
{
	d->reallocated += 40;
	d->reported += 3;
	d->pending += 16;
	d->unreadable += 16;
}

/* Ten days in which the first drive gets worse. */
static void wear_out(struct drive *d, unsigned count)
{
	for (int day = 0; day < 10; day++) {
		worsen(d);
		run(d, count, 24);
	}
}

TEST(failing_counters_raise_a_drive_and_age_does_not)
{
	struct drive d[] = { { .name = "sda", .identity = 1 }, { .name = "sdb", .identity = 2 } };

	run(d, 2, 24 * 30);
	assert_int_equal(g.raised, 0);
	assert_true(of("sda")->risk < 0.02);
	wear_out(d, 2);
	assert_int_equal(g.raised, 1);
	assert_string_equal(g.last.metric, "drive.failing");
	assert_string_equal(g.last.instance, "sda");
	assert_string_equal(g.last.cause, "disk");
	assert_non_null(strstr(g.last.reason, "of drives with such counters"));
	assert_non_null(strstr(g.last.reason, " of late"));
	assert_true(of("sdb")->risk < 0.02);
	run(d, 2, 24 * 30); /* it stays so: reported once */
	assert_int_equal(g.raised, 1);
}

TEST(machine_risk_is_within_its_horizon)
{
	struct drive d = { .name = "sda" };

	run(&d, 1, 24);
	wear_out(&d, 1);
	assert_true(of("sda")->risk > 0.1);
	assert_true(of("sda")->risk_in_horizon < of("sda")->risk / 100);
	assert_false(g.scorer.groups.risk > 0.01);
	assert_near(drive_risk_within(0.5, 30 * 86400.0), 0.5);
	assert_near(drive_risk_within(0.5, 15 * 86400.0), 1 - sqrt(0.5));
	d.failing = 1;
	run(&d, 1, 1);
	assert_true(g.scorer.groups.risk >= 0.9); /* it says that it fails: that is now */
}

TEST(drive_health_flag_is_a_floor_and_fades)
{
	struct drive d = { .name = "nvme0n1", .nvme = true };

	run(&d, 1, 10);
	assert_near(of("nvme0n1")->risk, 0);
	d.failing = 1;
	run(&d, 1, 5);
	assert_int_equal(g.raised, 1);
	assert_true(of("nvme0n1")->risk >= 0.9);
	assert_non_null(strstr(g.last.reason, "the drive says that it fails"));
	d.failing = 0;
	run(&d, 1, 30);
	assert_int_equal(g.cleared, 1);
	assert_true(of("nvme0n1")->risk < 0.05);
}

TEST(unreadable_drive_is_unknown_not_ok)
{
	struct drive d = { .name = "sda" };

	run(&d, 1, 24);
	wear_out(&d, 1);
	assert_int_equal(g.raised, 1);
	d = (struct drive){ .name = "sda", NAN, NAN, NAN, NAN, NAN, NAN, NAN, false };
	run(&d, 1, 100);
	assert_int_equal(g.cleared, 0);
	assert_true(isnan(of("sda")->risk));
	assert_int_equal(of("sda")->state, SCORE_RAISED);
}

/* Saves the state of one boot and restores it in another, or in the same. */
static void restart(const char *from, const char *to)
{
	assert_int_equal(score_state_save(&g.scorer, &g.table, from), 0);
	assert_true(rig_restart(to) >= 0);
	if (strcmp(from, to) != 0)
		g.now_s = 36;
}

static void age_and_worsen(struct drive *d)
{
	run(d, 1, 24 * 10);
	worsen(d);
	run(d, 1, 24);
}

TEST(days_of_history_survive_a_reboot)
{
	struct drive d = { .name = "sda", .identity = 77, .on_h = 5000 }, on = d;
	double after;

	age_and_worsen(&d);
	restart("a", "b");
	d.on_h += 9; /* off for ten hours by its own clock, one of them read below */
	run(&d, 1, 1);
	after = of("sda")->risk;
	/* It leaked by the drive's hours: 24 until the reboot and ten since. */
	assert_true(fabs(worn("sda")->wear.quiet_h - 33) < 1.5);
	assert_true(worn("sda")->wear.days[DRIVE_COUNTER_PENDING] > 8);
	setup(NULL);
	run(&d, 1, 1);
	assert_true(of("sda")->risk < after); /* without a history it is lower */
	assert_near(worn("sda")->wear.days[DRIVE_COUNTER_PENDING], 0);
	setup(NULL); /* the same hours without a reboot */
	age_and_worsen(&on);
	g.now_s += 9 * 3600;
	run(&on, 1, 1);
	assert_true(fabs(of("sda")->risk - after) < 1e-6);
}

TEST(within_a_boot_time_is_the_tables)
{
	struct drive d = { .name = "sda", .identity = NAN, .on_h = NAN };

	run(&d, 1, 24);
	worsen(&d);
	run(&d, 1, 1);
	restart("a", "a");
	g.now_s += 9 * 3600;
	run(&d, 1, 1);
	assert_near(worn("sda")->wear.quiet_h, 10);
}

TEST(drive_is_identified_by_its_serial_number)
{
	struct drive d[] = { { .name = "sda", .identity = 1, .on_h = 50 },
		{ .name = "sdb", .identity = 2, .on_h = 70 } };

	run(d, 2, 24);
	worsen(&d[0]);
	run(d, 2, 1);
	restart("a", "b");
	d[0].name = "sdb";
	d[1].name = "sda";
	run(d, 2, 1);
	assert_true(worn("sdb")->wear.days[DRIVE_COUNTER_PENDING] > 10);
	assert_near(worn("sda")->wear.days[DRIVE_COUNTER_PENDING], 0);
	assert_near(worn("sda")->wear.changes, 0);
}

TEST(another_drive_in_its_place_starts_anew)
{
	struct drive d = { .name = "sda", .identity = 1, .reallocated = 10 };

	run(&d, 1, 24);
	d.identity = 3;
	d.reallocated = 900; /* it came with those */
	run(&d, 1, 1);
	assert_near(worn("sda")->wear.days[DRIVE_COUNTER_REALLOCATED], 0);
	d.identity = NAN;
	run(&d, 1, 1);
	d.reallocated = 2; /* of one that has no name fewer replaced sectors tell */
	run(&d, 1, 1);
	d.reallocated = 3;
	run(&d, 1, 1);
	assert_near(worn("sda")->wear.days[DRIVE_COUNTER_REALLOCATED], 1);
	assert_int_equal(g.raised, 0);
}

TEST(drive_unseen_in_a_short_run_is_not_forgotten)
{
	struct drive d = { .name = "sda", .identity = 1 }, other = { .name = "sdb", .identity = 2 };

	run(&d, 1, 24);
	worsen(&d);
	run(&d, 1, 1);
	restart("a", "b");
	run(&other, 1, 1);
	restart("b", "c");
	run(&d, 1, 1);
	assert_true(worn("sda")->wear.days[DRIVE_COUNTER_PENDING] > 10);
	restart("c", "d");
	assert_int_equal(score_state_drives(&g.scorer).count, 2); /* each once */
}

TEST(surplus_drives_count_by_their_own_flag_only)
{
	static char names[DRIVE_RECORDS_MAX + 1][8];
	struct drive d[DRIVE_RECORDS_MAX + 1] = { 0 };

	for (unsigned i = 0; i <= DRIVE_RECORDS_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "d%u", i);
		d[i].name = names[i];
	}
	run(d, DRIVE_RECORDS_MAX + 1, 2);
	d[DRIVE_RECORDS_MAX].failing = 1;
	run(d, DRIVE_RECORDS_MAX + 1, 1);
	assert_int_equal(g.raised, 1);
	assert_string_equal(g.last.instance, names[DRIVE_RECORDS_MAX]);
	series_drop(table_series(&g.table, "drive.failing", "d0"));
	rig_score();
	(void)table_series(&g.table, "drive.failing", "late"); /* a removed drive leaves room */
	rig_score();
	(void)worn("late");
}

TEST(fewer_false_alarms_want_a_higher_risk)
{
	double before = 0;

	assert_true(drive_history_raise(0) > 0.05 && drive_history_raise(0) < 0.2);
	for (double many = 1; many > 1e-6; many /= 2) {
		assert_true(drive_history_raise(many) >= before);
		before = drive_history_raise(many);
	}
	assert_true(before > 0.3 && before < 0.9); /* its own word is above all of them */
}

FIXTURE(end)
{
	score_state_discard(&g.scorer);
	return guest_close(state);
}

TEST_GROUP(guest_open, end);
