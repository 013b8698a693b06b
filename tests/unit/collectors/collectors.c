/* SPDX-License-Identifier: Apache-2.0 */
/* collectors.c - recorded kernel files, and ones that no kernel should write. */
#define TEST_SETUP put_recorded
#include "tests/unit/lib/collector_rig.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/conf/conf_keys.h"
#include "collectors/lib/procfile.h"
#include "collectors/storage/mounts.h"
#include "tests/unit/lib/json.h"

static const char meminfo[] = "MemTotal:        1000 kB\nMemFree:          100 kB\n"
                              "MemAvailable:     250 kB\nSwapCached:         7 kB\n"
                              "SwapTotal:        400 kB\nSwapFree:         300 kB\n";

FIXTURE(put_recorded)
{
	if (setup(state) < 0)
		return -1;
	guest_put("/proc/meminfo", meminfo);
	guest_put("/proc/loadavg", "1.50 0.20 0.10 3/500 12345\n");
	guest_put("/proc/sys/kernel/pid_max", "32768\n");
	guest_put("/proc/sys/kernel/threads-max", "1000\n");
	guest_put("/proc/pressure/memory", "some avg10=9.00 avg60=0.00 avg300=0.00 total=1\n"
	                                   "full avg10=40.50 avg60=0.00 avg300=0.00 total=1\n");
	guest_put("/proc/pressure/cpu", "some avg10=12.34 avg60=0.00 avg300=0.00 total=1\n");
	guest_put("/proc/pressure/io", "some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n");
	(void)snprintf(settings.filesystems, sizeof(settings.filesystems), "/data /not-yet");
	return 0;
}

TEST(memory_and_swap_are_shares_of_their_totals)
{
	begin("memory");
	expect("", "mem.used_ratio 0.75, swap.used_ratio 0.25");
}

TEST(load_and_threads_are_read_from_one_line)
{
	begin("load");
	expect("", "load.1m 1.5, proc.threads 500, proc.used_ratio 0.5");
}

TEST(pressure_reads_its_line_and_missing_is_unknown)
{
	begin("pressure");
	expect("", "psi.memory.full 0.405, psi.cpu.some 0.1234");
	expect("", "psi.io.full unknown"); /* this kernel has no such line */
}

TEST(malformed_kernel_number_is_unknown_not_zero)
{
	static const char *const hostile[] = { "",
		"MemTotal:", "MemTotal: -5 kB\nMemAvailable: 2 kB\n",
		"MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 10 kB\nMemAvailable: 11 kB\n",
		"xMemTotal: 10 kB\nMemAvailable: 5 kB\n", "MemTotal: ten\nMemAvailable: 5 kB\n",
		"\xff\xfe\x01MemAvailable: 5" };

	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		guest_put("/proc/meminfo", hostile[i]);
		begin("memory");
		expect("", "mem.used_ratio unknown, swap.used_ratio unknown");
		assert_int_equal(runner.run[0].failures, 1);
		runner_close(&runner);
	}
	guest_put("/proc/loadavg", "x y z 3 500\n");
	begin("load");
	expect("", "load.1m unknown, proc.threads unknown, proc.used_ratio unknown");
}

TEST(a_file_larger_than_it_can_be_is_an_error)
{
	char *text = malloc(100000);

	guest_put("/proc/meminfo", fill_text(text, 100000, 'M'));
	free(text);
	begin("memory");
	assert_int_equal(runner.run[0].error, -EFBIG);
}

TEST(failing_collector_is_read_less_often)
{
	int reads = 0;

	guest_put("/proc/meminfo", "garbage");
	begin("memory");
	for (int i = 0; i < 100; i++) {
		unsigned before = runner.run[0].failures;

		runner_tick(&runner);
		reads += runner.run[0].failures != before;
	}
	assert_in_range(reads, 4, 7); /* after 2, 4, 8, 16, 32, 64 ticks */
	runner_close(&runner);
	guest_put("/proc/meminfo", meminfo);
	begin("memory");
	assert_int_equal(runner.run[0].failures, 0);
}

static int nothing(const struct conf *cf, struct table *t)
{
	(void)cf;
	(void)t;
	return 0;
}

static void close_nothing(void)
{
}

static int works_long(struct table *t)
{
	uint64_t until = loop_now() + 150;

	(void)t;
	while (loop_now() < until)
		;
	return 0;
}

static int waits_long(struct table *t)
{
	(void)t;
	return nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
}

TEST(waiting_task_counts_and_busy_guest_does_not)
{
	struct collector c = {
		.name = "fake", .open = nothing, .read = works_long, .close = close_nothing
	};

	begin("memory");
	runner.run[0].c = &c;
	runner_tick(&runner);
	assert_int_equal(runner.run[0].slow, 0);
	c.read = waits_long;
	runner_tick(&runner);
	assert_int_equal(runner.run[0].slow, 1);
	assert_int_equal(runner.run[0].wait, 2);
	runner.run[0].c = collector_find("memory", 6);
}

static const char *state_of(int i)
{
	static char ret[16];
	json_t *status = runner_status(&runner);

	(void)snprintf(ret, sizeof(ret), "%s", text_at(json_array_get(status, (size_t)i), "state"));
	json_decref(status);
	return ret;
}

TEST(collector_without_its_subject_is_left_out)
{
	(void)path_remove("/proc/pressure/cpu");
	(void)path_remove("/proc/pressure/io");
	(void)path_remove("/proc/pressure/memory");
	begin("pressure memory nonsense");
	assert_int_equal(runner.count, 2);
	assert_true(runner.run[0].state == RUN_ABSENT);
	expect("", "mem.used_ratio 0.75");
	assert_string_equal(state_of(0), "absent");
}

TEST(unselected_collector_is_left_out)
{
	begin("certificate watched memory");
	assert_int_equal(runner.count, 3);
	assert_true(runner.run[0].state == RUN_ABSENT);
	assert_true(runner.run[1].state == RUN_ABSENT);
	assert_true(runner.run[2].state == RUN_OPEN);
}

TEST(failing_collector_open_does_not_affect_others)
{
	(void)snprintf(settings.processes, sizeof(settings.processes), "neither-unit-nor-comm");
	begin("watched memory");
	expect("", "mem.used_ratio 0.75");
	assert_string_equal(state_of(0), "failing");
	assert_int_equal(runner.run[0].error, -EINVAL);
	assert_string_equal(state_of(1), "running");
}

static unsigned judged;

static void judge(struct runner *r)
{
	(void)r;
	judged++;
}

static int told_fd;

static int reads(struct table *t)
{
	(void)t;
	return 0;
}

static int fd_of_fake(void)
{
	return told_fd;
}

static void turn(void)
{
	struct epoll_event ev;

	if (epoll_wait(loop.epfd, &ev, 1, 0) == 1)
		((struct loop_fd *)ev.data.ptr)->ready(ev.data.ptr, ev.events);
}

static const struct collector told = { .name = "fake",
	.open = nothing,
	.read = reads,
	.close = close_nothing,
	.fd = fd_of_fake,
	.input = true };

TEST(collectors_open_one_at_a_time_before_judging)
{
	struct conf cf = { .collectors = "load memory" };

	told_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	runner.news = judge;
	runner_begin(&runner, &loop, &table, &cf);
	runner.run[0].c = &told;
	assert_string_equal(state_of(0), "starting");
	assert_int_equal(table.count, 0);
	assert_true(runner_next(&runner, &cf));
	assert_string_equal(state_of(0), "running");
	assert_string_equal(state_of(1), "starting");
	turn();
	assert_int_equal(runner.run[0].news_count, 1); /* it was read */
	assert_int_equal(judged, 0);
	assert_true(runner_next(&runner, &cf));
	assert_false(runner_next(&runner, &cf));
	turn();
	assert_int_equal(judged, 1);
	runner_close(&runner);
	assert_false(runner_next(&runner, &cf));
	close(told_fd);
}

TEST(failing_descriptor_stays_watched)
{
	struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct conf cf = { .collectors = "load" };
	int sent;

	nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	told_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(told_fd, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
	sent = (int)send(told_fd, "", 0, 0); /* comes back as an error of the socket's */
	runner.news = judge;
	runner_begin(&runner, &loop, &table, &cf);
	runner.run[0].c = &told;
	assert_true(runner_next(&runner, &cf));
	turn();
	assert_int_equal(runner.run[0].news_count, 1);
	assert_true(runner.run[0].news.fd >= 0);
	assert_int_equal(sent, 0);
	runner_close(&runner);
	close(told_fd);
}

TEST(processes_are_counted_in_the_folder_that_is_given)
{
	guest_put("/proc/1/stat", "1");
	guest_put("/proc/23/stat", "1");
	guest_put("/proc/net/x", "1");
	begin("process");
	expect("", "proc.count 2");
}

TEST(the_running_kernels_processes_are_counted_right)
{
	double before;
	pid_t pid;

	assert_int_equal(path_set_root(""), 0);
	begin("process");
	before = value("proc.count");
	assert_true(before > 1);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	table_tick(&table, 2000);
	for (int i = 0; i < 6; i++)
		runner_tick(&runner);
	assert_true(value("proc.count") >= before); /* others may come and go */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

TEST(memory_pressure_is_reported_between_ticks)
{
	int probe;

	assert_int_equal(path_set_root(""), 0);
	probe = open("/proc/pressure/memory", O_RDWR | O_CLOEXEC);
	if (probe < 0 || write(probe, "full 300000 2000000", 20) < 0)
		skip(); /* no PSI here, or it takes no triggers */
	close(probe);
	begin("pressure");
	assert_true(runner.run[0].news.fd >= 0);
	/* ... and never by writing to files that stand for the kernel's. */
	runner_close(&runner);
	assert_int_equal(path_set_root(guest_dir), 0);
	begin("pressure");
	assert_int_equal(runner.run[0].news.fd, -1);
}

TEST(a_filesystem_is_as_full_as_its_users_find_it)
{
	const char *data = guest_path("/data");
	FILE *f;

	assert_int_equal(path_mkdir("/data"), 0);
	if (mount("none", data, "tmpfs", 0, "size=1m,nr_inodes=100") < 0)
		skip();
	f = fopen(guest_path("/data/half"), "w");
	for (int i = 0; i < 512 * 1024; i++)
		fputc('x', f);
	fclose(f);
	begin("filesystem");
	assert_true(fabs(of("fs.used_ratio", "/data") - 0.5) < 0.02);
	expect("", "fs.inodes.used_ratio[/data] 0.02, fs.used_ratio[/not-yet] unknown");
	assert_int_equal(runner.run[0].failures, 0); /* a missing mount point is waited for */
	assert_int_equal(umount(data), 0);
}

TEST(mounts_worth_watching_are_told_from_the_others)
{
	static const struct {
		const char *line, *path; /* NULL: not worth it */
	} cases[] = {
		{ "36 35 98:0 / /data rw,noatime master:1 - ext4 /dev/root rw", "/data" },
		{ "36 35 98:0 / /a\\040b\\134c rw - xfs /dev/x rw,attr2", "/a b\\c" },
		{ "36 35 0:50 / /tmp rw shared:2 master:3 propagate_from:4 - tmpfs tmpfs rw",
		        "/tmp" },
		{ "36 35 0:51 /@home /home rw - btrfs /dev/x rw", "/home" },
		{ "36 35 98:0 /part /mnt rw - ext4 /dev/root rw", NULL }, /* a bind mount */
		{ "36 35 98:0 / /ro ro - ext4 /dev/root rw", NULL },      /* mounted read-only */
		{ "36 35 98:0 / /ro rw - ext4 /dev/root ro", NULL },      /* is read-only */
		{ "36 35 0:9 / /mnt rw - nfs4 server:/x rw", NULL },      /* may hang */
		{ "36 35 0:9 / /mnt rw - fuse.sshfs x rw", NULL },
		{ "36 35 0:9 / /proc rw - proc proc rw", NULL },
		{ "36 35 0:9 / /dev/shm rw - tmpfs tmpfs rw", NULL },
		{ "36 35 7:0 / /snap/x ro - squashfs /dev/loop0 ro", NULL },
		{ "36 35 98:0 / /data rw,noatime", NULL },
		{ "36 35 98 / /data rw - ext4 /dev/x rw", NULL },
		{ "", NULL },
		{ "36 35 98:0 / /\\9 rw - ext4 /dev/x rw", "/\\9" },
	};
	struct mount m;

	assert_int_equal(path_set_root(""), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool good = mount_parse(cases[i].line, &m);

		if (good != (cases[i].path != NULL))
			fail_msg("%s", cases[i].line);
		if (good)
			assert_string_equal(m.path, cases[i].path);
	}
}

TEST(device_mounted_twice_is_watched_once)
{
	struct mount m[MOUNTS_MAX];
	int fd;

	guest_put("/mountinfo",
	        "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:1 / /again rw - ext4 /dev/a rw\n"
	        "3 1 8:2 / /b rw - ext4 /dev/b rw\n");
	fd = path_open("/mountinfo", O_RDONLY, 0);
	assert_int_equal(path_set_root(""), 0);
	assert_int_equal(mounts_read(fd, m), 2);
	assert_string_equal(m[0].path, "/");
	assert_string_equal(m[1].path, "/b");
	assert_int_equal(mounts_read(fd, m), 2); /* from the top again */
	close(fd);
}

TEST(numbers_are_read_as_the_kernel_writes_them)
{
	assert_near(procfile_number("a: 5\nb: 6.25 kB", "b:"), 6.25);
	assert_true(isnan(procfile_number("ab: 5", "b:"))); /* not the end of another word */
	assert_true(isnan(procfile_number("b: -5", "b:")));
	assert_true(isnan(procfile_number("b: .5", "b:")));
	assert_near(procfile_number("b: 18446744073709551615", "b:"), 18446744073709551615.0);
}

TEST(a_real_recorded_kernel_is_read_whole)
{
	assert_int_equal(path_set_root(FIXTURES), 0);
	begin("memory load pressure process cpu paging disk files clock sockets");
	assert_in_range(value("mem.used_ratio") * 1000, 1, 999);
	assert_true(value("proc.threads") > 10);
	expect("", "psi.memory.full 0");
	for (unsigned i = 0; i < runner.count; i++)
		assert_int_equal(runner.run[i].failures, 0);
}

TEST(each_collector_can_be_named_in_settings)
{
	const struct conf_key *k = conf_key_find("collect", "collectors");
	struct conf cf = { 0 };
	char err[CONF_ERR];
	unsigned n = 1;

	for (const struct collector *const *c = collectors; *c; c++)
		assert_int_equal(conf_key_set(&cf, k, (*c)->name, err), 0);
	for (const char *s = k->choices; (s = strchr(s, ' ')) != NULL; s++)
		n++;
	assert_null(collectors[n]);
	assert_int_equal(conf_key_set(&cf, k, "memory, load", err), 0);
	assert_true(conf_key_set(&cf, k, "memory loads", err) < 0);
	assert_non_null(
	        strstr(err, "\"loads\" is none of: memory filesystem pressure load process"));
}
