/* SPDX-License-Identifier: Apache-2.0 */
/* system.c - CPU and paging: a tick of two readings, and of hostile ones. */
#include "tests/unit/lib/collector_rig.h"

static void put_stat(const char *all, const char *rest)
{
	guest_put("/proc/stat", fmt("cpu  %s\n%s", all, rest));
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
	expect("", "cpu.busy_ratio unknown"); /* nothing to compare with */
	expect("", "cpu.count 2, cpu.runnable 3");
	tick_with("/proc/stat",
	        "cpu  1100 100 1100 8400 100 50 50 100 7 0\ncpu0 1100 100 1100 4000 0 0 0 0\n"
	        "cpu1 500 0 500 5000 0 0 0 0\nintr 300 1 2 3\nctxt 1500\nprocesses 70\n"
	        "procs_running 1\n");
	expect("", "cpu.busy_ratio 0.5, cpu.user_ratio 0.2, cpu.system_ratio 0.1, cpu.iowait_ratio "
	           "0.1, cpu.steal_ratio 0.1, cpu.irq_ratio 0.1, cpu.hottest_ratio 1, cpu.switches "
	           "50, cpu.interrupts 20, proc.forks 2");
}

TEST(counters_that_go_back_are_unknown_once)
{
	put_stat("1000 0 0 8000", "ctxt 1000\n");
	begin("cpu");
	tick_with("/proc/stat", "cpu  10 0 0 80\nctxt 10\n");
	expect("", "cpu.busy_ratio unknown, cpu.switches unknown");
	tick_with("/proc/stat", "cpu  20 0 0 90\nctxt 110\n");
	expect("", "cpu.busy_ratio 0.5, cpu.switches 10");
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
		expect("",
		        "cpu.busy_ratio unknown, cpu.hottest_ratio unknown, cpu.switches unknown");
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
	expect("", "cpu.count 3000, cpu.runnable 7");
	overwrite("/proc/stat", fill_text(text, 400000, ' '));
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
	expect("", "kernel.oom_kills 0");
	assert_near(value("mem.balloon_kib"), 256.0 * (double)sysconf(_SC_PAGESIZE) / 1024);
	expect("", "mem.fragmented_ratio 0.5, swap.out_kib unknown");
	tick_with("/proc/vmstat", "pgmajfault 130\npswpout 60\noom_kill 9\nnr_balloon_pages 1\n");
	expect("", "kernel.oom_kills 2, mem.major_faults 3");
	assert_near(value("swap.out_kib"), (double)sysconf(_SC_PAGESIZE) / 1024);
	expect("", "swap.in_kib unknown"); /* gone, and not 0 */
	assert_near(value("mem.balloon_kib"), (double)sysconf(_SC_PAGESIZE) / 1024);
	overwrite("/proc/vmstat", "oom_kill x\n");
	tick_with("/proc/buddyinfo", "Node 0, zone\nzone zone zone\n");
	expect("", "kernel.oom_kills unknown, mem.fragmented_ratio unknown");
	tick_with("/proc/vmstat", "oom_kill 10\n");
	expect("", "kernel.oom_kills 3");
}

TEST(commit_limit_counts_under_strict_overcommit)
{
	static const char text[] = "MemTotal: 100 kB\nMemAvailable: 50 kB\nCommitLimit: 200 kB\n"
	                           "Committed_AS: 150 kB\nSUnreclaim: 5 kB\n"
	                           "HugePages_Total: 4\nHugePages_Free: 1\n";

	guest_put("/proc/meminfo", text);
	guest_put("/proc/sys/vm/overcommit_memory", "0\n");
	begin("memory");
	expect("", "mem.committed_ratio 0.75, mem.commit.used_ratio unknown, "
	           "mem.slab_unreclaimable_kib 5, mem.hugepages.used_ratio 0.75");
	tick_with("/proc/sys/vm/overcommit_memory", "2\n");
	expect("", "mem.commit.used_ratio 0.75");
}
