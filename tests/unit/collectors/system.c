/* SPDX-License-Identifier: Apache-2.0 */
/* system.c - CPU and paging: a tick of two readings, and of hostile ones. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/collector_rig.h"

static void put_stat(const char *all, const char *rest)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), "cpu  %s\n%s", all, rest);
	guest_put("/proc/stat", text);
}

static void again(const char *names)
{
	runner_close(&runner);
	begin(names);
}

TEST(cpu_shares_are_those_since_the_last_reading)
{
	put_stat("1000 0 1000 8000 0 0 0 0 0 0",
	        "cpu0 500 0 500 4000 0 0 0 0 0 0\ncpu1 500 0 500 4000 0 0 0 0 0 0\n"
	        "intr 100 1 2 3\nctxt 1000\nprocesses 50\nprocs_running 3\nprocs_blocked 0\n");
	begin("cpu");
	assert_true(isnan(value("cpu.busy_ratio"))); /* nothing to compare with */
	assert_near(value("cpu.count"), 2);
	assert_near(value("cpu.runnable"), 3);
	overwrite("/proc/stat",
	        "cpu  1100 100 1100 8400 100 50 50 100 7 0\ncpu0 1100 100 1100 4000 0 0 0 0\n"
	        "cpu1 500 0 500 5000 0 0 0 0\nintr 300 1 2 3\nctxt 1500\nprocesses 70\n"
	        "procs_running 1\n");
	tick();
	assert_near(value("cpu.busy_ratio"), 0.5);
	assert_near(value("cpu.user_ratio"), 0.2);
	assert_near(value("cpu.system_ratio"), 0.1);
	assert_near(value("cpu.iowait_ratio"), 0.1);
	assert_near(value("cpu.steal_ratio"), 0.1);
	assert_near(value("cpu.irq_ratio"), 0.1);
	assert_near(value("cpu.hottest_ratio"), 1);
	assert_near(value("cpu.switches"), 50);
	assert_near(value("cpu.interrupts"), 20);
	assert_near(value("proc.forks"), 2);
}

TEST(counters_that_go_back_are_unknown_once)
{
	put_stat("1000 0 0 8000", "ctxt 1000\n");
	begin("cpu");
	overwrite("/proc/stat", "cpu  10 0 0 80\nctxt 10\n");
	tick();
	assert_true(isnan(value("cpu.busy_ratio")));
	assert_true(isnan(value("cpu.switches")));
	overwrite("/proc/stat", "cpu  20 0 0 90\nctxt 110\n");
	tick();
	assert_near(value("cpu.busy_ratio"), 0.5);
	assert_near(value("cpu.switches"), 10);
}

TEST(malformed_stat_yields_no_number)
{
	static const char *const hostile[] = { "", "cpu", "cpu  ", "cpu  1 2", "cpu  -1 2 3 4",
		"cpux 1 2 3 4", "cpu  a b c d\ncpu0 x\ncpu-1 1 1 1 1\ncpu99999999 1 2 3 4\n",
		"cpu0 1 2 3 4\n", "cpu\n\n\n\ncpu\ncpu\xff\n" };

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		overwrite("/proc/stat", hostile[i]);
		again("cpu");
		tick();
		assert_true(isnan(value("cpu.busy_ratio")));
		assert_true(isnan(value("cpu.hottest_ratio")));
		assert_true(isnan(value("cpu.switches")));
		assert_true(runner.run[0].failures > 0);
	}
}

TEST(machine_with_too_many_cpus_is_read_to_its_limit)
{
	char *text = malloc(400000);
	size_t n = 0;

	n += (size_t)sprintf(text, "cpu  10 0 0 10\n");
	for (int i = 0; i < 3000; i++)
		n += (size_t)sprintf(text + n, "cpu%d 10 0 0 10 0 0 0 0 0 0\n", i);
	(void)sprintf(text + n, "ctxt 5\nprocs_running 7\n");
	overwrite("/proc/stat", text);
	begin("cpu");
	assert_near(value("cpu.count"), 3000);
	assert_near(value("cpu.runnable"), 7);
	memset(text, ' ', 399999);
	text[399999] = '\0';
	overwrite("/proc/stat", text);
	again("cpu");
	assert_int_equal(runner.run[0].error, -EFBIG);
	free(text);
}

TEST(kills_are_counted_from_when_we_began)
{
	overwrite("/proc/vmstat", "pgmajfault 100\npswpin 0\npswpout 50\noom_kill 7\n"
	                          "balloon_inflate 512\nballoon_deflate 256\n");
	overwrite("/proc/buddyinfo", "Node 0, zone   Normal      8      4      0      2      0 \n");
	begin("paging");
	assert_near(value("kernel.oom_kills"), 0);
	assert_near(value("mem.balloon_kib"), 256.0 * (double)sysconf(_SC_PAGESIZE) / 1024);
	assert_near(value("mem.fragmented_ratio"), 0.5);
	assert_true(isnan(value("swap.out_kib")));
	overwrite("/proc/vmstat", "pgmajfault 130\npswpout 60\noom_kill 9\nnr_balloon_pages 1\n");
	tick();
	assert_near(value("kernel.oom_kills"), 2);
	assert_near(value("mem.major_faults"), 3);
	assert_near(value("swap.out_kib"), (double)sysconf(_SC_PAGESIZE) / 1024);
	assert_true(isnan(value("swap.in_kib"))); /* gone, and not 0 */
	assert_near(value("mem.balloon_kib"), (double)sysconf(_SC_PAGESIZE) / 1024);
	overwrite("/proc/vmstat", "oom_kill x\n");
	overwrite("/proc/buddyinfo", "Node 0, zone\nzone zone zone\n");
	tick();
	assert_true(isnan(value("kernel.oom_kills")));
	assert_true(isnan(value("mem.fragmented_ratio")));
	overwrite("/proc/vmstat", "oom_kill 10\n");
	tick();
	assert_near(value("kernel.oom_kills"), 3);
}

TEST(commit_limit_counts_under_strict_overcommit)
{
	static const char text[] = "MemTotal: 100 kB\nMemAvailable: 50 kB\nCommitLimit: 200 kB\n"
	                           "Committed_AS: 150 kB\nSUnreclaim: 5 kB\n"
	                           "HugePages_Total: 4\nHugePages_Free: 1\n";

	guest_put("/proc/meminfo", text);
	guest_put("/proc/sys/vm/overcommit_memory", "0\n");
	begin("memory");
	assert_near(value("mem.committed_ratio"), 0.75);
	assert_true(isnan(value("mem.commit.used_ratio")));
	assert_near(value("mem.slab_unreclaimable_kib"), 5);
	assert_near(value("mem.hugepages.used_ratio"), 0.75);
	overwrite("/proc/sys/vm/overcommit_memory", "2\n");
	tick();
	assert_near(value("mem.commit.used_ratio"), 0.75);
}
