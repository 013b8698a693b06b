/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.c - processes that block, rot, die and grow: recorded, hostile, and children of our own. */
#include "tests/unit/lib/collector_rig.h"

#include <linux/btf.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "collectors/process/btf.h"
#include "collectors/process/task.h"
#include "collectors/process/task_iter.h"
#include "collectors/process/top_processes.h"
#include "collectors/process/watch_find.h"

/* guest_put() syncs the disk each time, which is too slow for hundreds of files. */
static void put(const char *path, const char *text)
{
	char dir[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%s", guest_path(path));
	*strrchr(dir, '/') = '\0';
	(void)mkdir(dir, 0700);
	overwrite(path, text);
}

static void put_task(int pid, const char *comm, char state, int parent, int start)
{
	put(fmt("/proc/%d/stat", pid),
	        fmt("%d (%s) %c %d 1 1 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 3 0 %d 1000000 250 "
	            "18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n",
	                pid, comm, state, parent, start));
}

static void put_switches(int pid, int n)
{
	put(fmt("/proc/%d/status", pid),
	        fmt("Name:\tx\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t9\n", n));
}

TEST(a_line_of_proc_is_read_whatever_the_name_is)
{
	static const char *const hostile[] = { "", "1", "1 (", "1 (a", "1 (a)", "1 (a) ", "1 (a) S",
		"x (a) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", ")(",
		"99999999999 (a) S 1 2 3", "1 (a) S 1 1 0 0 -1 1 1 0 0 0 x y 0 0 20 0 3 0" };
	struct task k;

	assert_true(
	        task_parse("812 (a) b) (c) D 7 812 812 0 -1 4194560 1 2 3 4 50 60 0 0 20 0 9 0 777 "
	                   "1000 250 18446744073709551615 1 1",
	                &k));
	assert_int_equal(k.pid, 812);
	assert_string_equal(k.comm, "a) b) (c");
	assert_int_equal(k.state, 'D');
	assert_int_equal(k.parent, 7);
	assert_near(k.cpu_ticks, 110);
	assert_near(k.threads, 9);
	assert_near(k.start_ticks, 777);
	assert_near(k.rss_pages, 250);
	assert_true(
	        task_parse("1 (\x1b[31m\n) S 0 1 1 0 -1 1 1 1 1 1 1 1 0 0 20 0 1 0 2 3 4 5", &k));
	assert_string_equal(k.comm, "?[31m?");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++)
		assert_false(task_parse(hostile[i], &k));
}

TEST(blocked_ones_are_timed_and_zombies_have_parents)
{
	put_task(1, "init", 'S', 0, 1);
	put_task(50, "dd", 'D', 1, 10);
	put_task(60, "busy", 'D', 1, 11);
	put_task(70, "bad parent", 'S', 1, 12);
	for (int i = 71; i < 76; i++)
		put_task(i, "z", 'Z', 70, 13);
	put_task(80, "z", 'Z', 1, 14);
	put_task(81, "probe", 'Z', getpid(), 15); /* ours, and no concern of anybody's */
	put_switches(50, 5);
	put_switches(60, 1);
	begin("tasks");
	expect("", "proc.blocked 2, proc.zombies 6");
	assert_string_equal(why("proc.zombies", ""), "5 of bad parent (70)");
	for (int i = 2; i < 14; i++) {
		put_switches(60, i); /* blocked whenever we look, and moving all the same */
		tick();
	}
	expect("", "proc.blocked_s 120, proc.hung 1");
	assert_string_equal(why("proc.hung", ""), "dd (50) for 120 s");
	put_task(50, "dd", 'S', 1, 10);
	tick();
	expect("", "proc.hung 0, proc.blocked 1");
	put_task(60, "busy", 'S', 1, 11);
	put_task(50, "dd", 'D', 1, 99); /* another one with its number */
	tick();
	expect("", "proc.blocked_s 0");
}

TEST(many_processes_are_looked_at_over_several_ticks)
{
	for (int i = 1; i <= 600; i++)
		put_task(i, "x", i % 100 == 0 ? 'Z' : 'S', 1, i);
	begin("tasks");
	expect("", "proc.zombies unknown"); /* not all of them are known yet */
	tick();
	tick();
	/* A disk's folder, unlike /proc, may show one twice or not at all where a slice ends. */
	assert_in_range(value("proc.zombies"), 5, 7);
	ticks(3);
	assert_in_range(value("proc.zombies"), 5, 7);
}

TEST(a_watched_one_is_found_by_all_its_names)
{
	static const struct {
		const char *name;
		int pid; /* 0: none */
	} cases[] = { { "unit:nginx.service", 45 }, { "unit:app@1.service", 46 },
		{ "unit:empty.service", 0 }, { "unit:../../../etc", 0 },
		{ "cgroup:/system.slice/nginx.service", 45 }, { "pidfile:/run/nginx.pid", 45 },
		{ "pidfile:/run/dead.pid", 0 }, { "pidfile:/run/bad.pid", 0 },
		{ "pidfile:/run/none.pid", 0 }, { "comm:nginx", 45 }, { "comm:dead", 0 } };

	put_task(40, "worker", 'S', 45, 9);
	put_task(45, "nginx", 'S', 1, 10);
	put_task(46, "nginx", 'S', 45, 5);
	put_task(47, "dead", 'Z', 1, 5);
	guest_put("/run/nginx.pid", "45\n");
	guest_put("/run/dead.pid", "47\n");
	guest_put("/run/bad.pid", "-5\n");
	guest_put("/sys/fs/cgroup/system.slice/nginx.service/cgroup.procs", "40\n45\n46\n");
	guest_put(
	        "/sys/fs/cgroup/system.slice/system-app.slice/app@1.service/cgroup.procs", "46\n");
	guest_put("/sys/fs/cgroup/system.slice/empty.service/cgroup.procs", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (watch_find(cases[i].name) != cases[i].pid)
			fail_msg("%s: %d", cases[i].name, watch_find(cases[i].name));
	assert_false(watch_is_valid("nginx"));
	assert_false(watch_is_valid("unit:"));
	assert_false(watch_is_valid("pidfile:relative"));
}

/* It has its name from the beginning: by inheritance, for a moment. */
static pid_t child(void)
{
	pid_t pid;

	(void)prctl(PR_SET_NAME, "prehup-watched");
	pid = fork();
	if (pid == 0) {
		(void)prctl(
		        PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
		pause();
		_exit(0);
	}
	(void)prctl(PR_SET_NAME, "collect_tasks");
	assert_true(pid > 0);
	return pid;
}

static void kill_child(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

struct seen {
	int pid;
	bool zombie, blocked, other;
	uint32_t parent;
	char comm[16];
};

static void see(const struct task_found *f, void *arg)
{
	struct seen *s = arg;

	s->other = s->other || (!task_found_is_zombie(f) && (f->state & 2) == 0);
	if ((int)f->pid != s->pid)
		return;
	s->zombie = task_found_is_zombie(f);
	s->blocked = !s->zombie;
	s->parent = f->parent;
	memcpy(s->comm, f->comm, sizeof(s->comm));
}

/* The running kernel's: one that waits for its vfork()ed child cannot be woken. */
TEST(task_iterator_finds_blocked_tasks_and_zombies)
{
	int link;
	struct seen a = { 0 }, b = { 0 };

	assert_int_equal(path_set_root(""), 0);
	link = task_iter_open();
	if (link < 0)
		skip(); /* no BTF, or no right to */
	a.pid = fork();
	if (a.pid == 0)
		_exit(0);
	b.pid = fork();
	if (b.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "prehup-vfork");
		b.pid = getpid();
		if (syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == b.pid) /* otherwise it is dead already, without an event */
				pause();
		}
		_exit(0);
	}
	for (int i = 0; i < 1000 && !(a.zombie && b.blocked); i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		assert_int_equal(task_iter_pass(link, see, &a), 0);
		assert_int_equal(task_iter_pass(link, see, &b), 0);
	}
	assert_true(a.zombie);
	assert_int_equal(a.parent, getpid());
	assert_true(b.blocked);
	assert_string_equal(b.comm, "prehup-vfork");
	assert_false(a.other); /* and no other process */
	kill_child(b.pid);
	assert_int_equal(waitpid(a.pid, NULL, 0), a.pid);
	close(link);
}

/* A file of types as the kernel's: it is only ever read. */
static int types_of(const void *text, size_t len)
{
	int fd = memfd_create("btf", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, len), len);
	return fd;
}

TEST(malformed_btf_is_not_read_beyond_its_end)
{
	static const unsigned char head[] = { 0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0,
		0, 16, 0, 0, 0, 5, 0, 0, 0 };
	struct btf_wanted w = {
		.type.name = "abc", .function.name = "abc", .count = 1, .member[0].name = "abc"
	};
	unsigned char text[64];
	int fd;

	put("/sys/x", "");
	put("/sys/kernel/x", "");
	put("/sys/kernel/btf/vmlinux", "short");
	assert_int_equal(task_iter_open(), -EBADMSG);
	/* A head that is right, and types whose members would lie beyond the end: 255 of them, of every kind. */
	for (unsigned kind = 0; kind < 32; kind++) {
		memset(text, 0, sizeof(text));
		memcpy(text, head, sizeof(head));
		text[24] = 1;   /* its name: "abc" */
		text[28] = 255; /* how many members */
		text[31] = (unsigned char)kind;
		memcpy(text + 40, "\0abc", 5);
		fd = types_of(text, 45);
		assert_int_equal(btf_find(fd, &w), 0);
		assert_int_equal(w.offset[0], -ENOENT);
		assert_int_equal(w.function_id, kind == 12 ? 1 : 0);
		close(fd);
		text[20] = 6; /* strings that do not end within the file */
		fd = types_of(text, 45);
		assert_int_equal(btf_find(fd, &w), -EBADMSG);
		close(fd);
	}
}

/* As large as not to be at hand at once, and with its names in pieces at the borders. */
TEST(a_member_is_found_in_any_amount_of_types)
{
	enum { OTHERS = 5000, TYPES = (OTHERS + 2) * 12 + 3 * 12, NAMES = 20000 };
	static uint32_t types[TYPES / 4];
	static char names[NAMES];
	static unsigned char all[24 + TYPES + NAMES];
	const struct btf_header h = { .magic = BTF_MAGIC,
		.version = 1,
		.hdr_len = 24,
		.type_len = TYPES,
		.str_off = TYPES,
		.str_len = NAMES };
	uint32_t *t = types + (size_t)OTHERS * 3;

	for (int i = 0; i < OTHERS; i++)
		types[i * 3 + 1] = BTF_KIND_PTR << 24;
	/* struct wanted { x; odd: 1 bit at 65; y at 40 }, in a struct with bit fields; and a function. */
	memcpy(t,
	        (uint32_t[]){ 100, BTF_KIND_STRUCT << 24 | 1U << 31 | 3, 48, 8200, 1, 0, 300, 1,
	                1 << 24 | 65, 8190, 1, 40 * 8, 200, BTF_KIND_FUNC << 24, 1 },
	        60);
	memset(names + 1, 'n', NAMES - 2);
	memcpy(names + 99, "\0wanted", 8);
	memcpy(names + 199, "\0function", 10);
	memcpy(names + 299, "\0odd", 5);
	memcpy(names + 304 + 2048, "absent", 7); /* the end of another name */
	memcpy(names + 8189, "\0why_not", 9);    /* over the border of a page */
	memcpy(names + 8199, "\0x", 3);
	memcpy(all, &h, 24);
	memcpy(all + 24, types, TYPES);
	memcpy(all + 24 + TYPES, names, NAMES);
	for (size_t len = sizeof(all); len > 0; len -= len == sizeof(all) ? 1 : len) {
		struct btf_wanted w = { .type.name = "wanted",
			.function.name = "function",
			.count = 4,
			.member = { { .name = "x" }, { .name = "odd" }, { .name = "why_not" },
			        { .name = "absent" } } };
		int fd = types_of(all, len);

		if (len < sizeof(all)) {
			assert_int_equal(btf_find(fd, &w), -EBADMSG);
		} else {
			assert_int_equal(btf_find(fd, &w), 0);
			assert_int_equal(w.function_id, OTHERS + 2);
			assert_int_equal(w.offset[0], 0);
			assert_int_equal(w.offset[1], -ENOENT); /* it does not begin at a byte */
			assert_int_equal(w.offset[2], 40);
			assert_int_equal(w.offset[3], -ENOENT);
			assert_int_equal(w.member[3].at, 0);
		}
		close(fd);
	}
}

static void put_large(int pid, const char *comm, int threads, int pages)
{
	put(fmt("/proc/%d/stat", pid),
	        fmt("%d (%s) S 1 1 1 0 -1 0 1 0 0 0 5 6 0 0 20 0 %d 0 1 1000000 %d 1\n", pid, comm,
	                threads, pages));
}

TEST(largest_users_of_a_resource_are_named)
{
	static const char *const cases[][2] = {
		{ "mem.used_ratio", "java (11) 2.0 GiB, postgres (12) 700 MiB, nginx (13) 10 MiB" },
		{ "proc.used_ratio",
		        "java (11) 200 threads, nginx (13) 4 threads, postgres (12) 3 threads" },
		{ "file.used_ratio", "nginx (13) 2 files, small (10) 1 files" },
		{ "fs.used_ratio", "" },
	};
	const int mib = (int)(1048576 / sysconf(_SC_PAGESIZE));
	char text[200], few[30];

	put_large(10, "small", 1, mib);
	put_large(11, "java", 200, 2048 * mib);
	put_large(12, "postgres", 3, 700 * mib);
	put_large(13, "nginx", 4, 10 * mib);
	guest_put("/proc/13/fd/0", "");
	guest_put("/proc/13/fd/1", "");
	guest_put("/proc/10/fd/1", "");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		top_processes_name(cases[i][0], text, sizeof(text));
		assert_string_equal(text, cases[i][1]);
	}
	top_processes_name("mem.used_ratio", few, sizeof(few));
	assert_string_equal(few, "java (11) 2.0 GiB");
}

TEST(death_of_a_watched_process_is_reported_and_counted)
{
	static const char spec[] = "comm:prehup-watched";
	pid_t pid = child();

	assert_int_equal(path_set_root(""), 0);
	(void)snprintf(
	        settings.processes, sizeof(settings.processes), "%s, comm:nobody-has-it", spec);
	table.now_ms = loop_now();
	begin("watched");
	expect(spec,
	        "process.watched.alive 1, process.watched.threads 1, process.watched.restarts 0");
	assert_true(of("process.watched.rss_kib", spec) > 0);
	assert_true(of("process.watched.files.used_ratio", spec) > 0);
	assert_true(of("process.watched.oom_score", spec) >= 0);
	assert_true(of("process.watched.age_s", spec) < 60);
	expect("comm:nobody-has-it", "process.watched.alive unknown");
	tick();
	assert_true(of("process.watched.cpu_ratio", spec) < 0.1);
	kill_child(pid);
	tick();
	expect(spec, "process.watched.alive 0, process.watched.rss_kib unknown");
	pid = child();
	ticks(3);
	expect(spec, "process.watched.alive 1, process.watched.restarts 1");
	ticks(12);
	expect("comm:nobody-has-it", "process.watched.alive 0");
	kill_child(pid);
}
