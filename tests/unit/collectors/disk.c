/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c - disks that work, hang, appear and disappear, and malformed lines. */
#include "tests/unit/lib/collector_rig.h"

#define VDA " 254       0 vda "
#define VDB " 254      16 vdb "

static void sysfs(const char *name)
{
	guest_put(fmt("/sys/block/%s/device/x", name), "");
}

TEST(disk_activity_is_measured_since_the_last_reading)
{
	sysfs("vda");
	overwrite("/proc/diskstats", "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n" VDA
	                             "100 0 1000 500 100 0 2000 500 0 1000 3000 0 0 0 0 0 0\n"
	                             " 254       1 vda1 9 9 9 9 9 9 9 9 9 9 9\n");
	begin("disk");
	expect("", "disk.count 1, disk.unwatched 2, disk.iops[vda] unknown");
	tick_with("/proc/diskstats", "   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0\n" VDA
	                             "150 0 3000 700 150 0 6000 1100 2 6000 13000 0 0 0 0 0 0\n"
	                             " 254       1 vda1 9 9 9 9 9 9 9 9 9 9 9\n");
	expect("vda", "disk.iops 10, disk.read_kib 100, disk.write_kib 200, disk.latency_ms 8, "
	              "disk.busy_ratio 0.5, disk.queue 1, disk.stuck 0");
	expect("", "disk.iops[loop0] absent, disk.iops[vda1] absent");
}

TEST(hanging_disk_is_reported_and_slow_one_is_not)
{
	static const char hung[] = VDA "100 0 1000 500 100 0 2000 500 3 1000 3000\n",
	                  moved[] = VDA "101 0 1000 500 100 0 2000 500 3 1000 3000\n",
	                  idle[] = VDA "101 0 1000 500 100 0 2000 500 0 1000 3000\n";

	sysfs("vda");
	overwrite("/proc/diskstats", hung);
	begin("disk");
	tick();
	expect("vda", "disk.stuck_s 10");
	tick();
	expect("vda", "disk.stuck 0");
	tick();
	expect("vda", "disk.stuck_s 30, disk.stuck 1");
	tick_with("/proc/diskstats", moved);
	expect("vda", "disk.stuck 0");
	overwrite("/proc/diskstats", idle);
	ticks(5);
	expect("vda", "disk.stuck_s 0");
}

TEST(disks_come_and_go_and_take_their_series_along)
{
	sysfs("vda");
	sysfs("vdb");
	overwrite("/proc/diskstats", VDA "1 0 1 1 1 0 1 1 0 1 1\n");
	begin("disk");
	tick_with("/proc/diskstats", VDA "1 0 1 1 1 0 1 1 0 1 1\n" VDB "1 0 1 1 1 0 1 1 0 1 1\n");
	expect("", "disk.count 2");
	expect("vda", "disk.iops 0"); /* earlier counts are known for it */
	expect("vdb", "disk.iops present");
	tick_with("/proc/diskstats", VDB "1 0 1 1 1 0 1 1 0 1 1\n");
	expect("vda", "disk.iops absent");
	expect("vdb", "disk.iops 0"); /* and its state stays */
	tick_with("/proc/diskstats", "");
	expect("", "disk.count 0, disk.iops[vdb] absent");
}

TEST(driver_state_is_reported)
{
	sysfs("sda");
	overwrite("/sys/block/sda/device/iotmo_cnt", "0x1f\n");
	guest_put("/sys/block/md0/md/degraded", "0\n");
	guest_put("/sys/block/sda/device/iotmo_cnt", "0x1f\n");
	overwrite("/proc/diskstats",
	        " 8 0 sda 1 0 1 1 1 0 1 1 0 1 1\n 9 0 md0 1 0 1 1 1 0 1 1 0 1 1\n");
	begin("disk");
	expect("", "disk.timeouts[sda] 0, disk.degraded[md0] 0, disk.degraded[sda] absent");
	overwrite("/sys/block/sda/device/iotmo_cnt", "0x21\n");
	tick_with("/sys/block/md0/md/degraded", "1\n");
	expect("", "disk.timeouts[sda] 2, disk.degraded[md0] 1");
}

TEST(surplus_services_are_counted_not_watched)
{
	static char text[100 * 64];
	size_t n = 0;

	for (int i = 0; i < 100; i++) {
		const char *name = fmt("vd%02d", i);

		sysfs(name);
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		        " 254 %d %s 1 0 1 1 1 0 1 1 0 1 1\n", i * 16, name);
	}
	overwrite("/proc/diskstats", text);
	begin("disk");
	tick();
	expect("", "disk.count 64, disk.unwatched 36, disk.iops[vd63] 0, disk.iops[vd64] absent");
}

TEST(lines_no_kernel_writes_make_no_disk)
{
	static const char *const hostile[] = { "\n\n\n", VDA "1 2 3\n",
		VDA "a b c d e f g h i j k\n", " 254 vda 1 1 1\n", "254",
		" 1 1 ../../etc 1 0 1 1 1 0 1 1 0 1 1\n",
		VDA "1 0 1 1 1 0 1 1 0 1 1\n" VDA "1 0 1 1 1 0 1 1 0 1 1\n", "\xff\xfe \x01",
		" 254 0 a-name-that-is-longer-than-any-disk-may-have-one 1 0 1 1 1 0 1 1 0 1 1\n" };

	sysfs("vda");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		overwrite("/proc/diskstats", hostile[i]);
		begin("disk");
		tick();
		assert_true(value("disk.count") <= 1);
		assert_true(isnan(of("disk.iops", "vda")) || of("disk.iops", "vda") == 0);
		runner_close(&runner);
	}
}
