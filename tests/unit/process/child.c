/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <sys/pidfd.h>
#include <sys/syscall.h>

/* The kernel's answer, or that of one before 5.3. */
static bool old_kernel;

static int tested_pidfd_open(pid_t pid, unsigned flags)
{
	if (old_kernel) {
		errno = ENOSYS;
		return -1;
	}
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

#define pidfd_open tested_pidfd_open
#include "agent/process/child.c"
#include "agent/process/process_id.h"

/*
 * Users of our own: a copy of passwd and group with two more lines, laid over the real ones in a
 * mount namespace of this process alone.
 */
static bool have_users;
static char tmp[] = "/tmp/prehup-child.XXXXXX";

struct rig {
	struct loop loop;
	struct child child, other;
	struct loop_timer guard;
	unsigned done;
	int status;
	bool timed_out;
	uint64_t bytes, took_ms;
	char output[CHILD_OUTPUT + 1];
};

static struct rig g;

static void done(struct child *c, const struct child_result *res)
{
	(void)c;
	g.done++;
	g.status = res->status;
	g.timed_out = res->timed_out;
	g.bytes = res->output_bytes;
	(void)snprintf(g.output, sizeof(g.output), "%s", res->output);
	loop_stop(&g.loop);
}

FIXTURE(setup)
{
	g = (struct rig){ .child.done = done, .other.done = done };
	return loop_open(&g.loop);
}

FIXTURE(teardown)
{
	loop_timer_stop(&g.loop, &g.guard);
	loop_close(&g.loop);
	term_ms = CHILD_TERM_MS;
	drain_ms = CHILD_DRAIN_MS;
	return 0;
}

/* Runs it to its end and checks that it went well. */
static const char *run(const struct child_spec *s)
{
	uint64_t from = loop_now();

	assert_int_equal(child_start(&g.child, &g.loop, s), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	g.took_ms = loop_now() - from;
	assert_int_equal(g.child.pid, 0);
	return g.output;
}

static const char *sh(const char *command)
{
	return run(&(struct child_spec){ .command = command, .umask = 022 });
}

static const char *as(const char *user, const char *command)
{
	return run(&(struct child_spec){ .command = command, .user = user, .umask = 022 });
}

/* A start fails with this error and leaves no child, no zombie. */
static void assert_refused(struct child_spec s, int error)
{
	assert_int_equal(child_start(&g.child, &g.loop, &s), error);
	assert_int_equal(g.child.pid, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void start_guard(
        void (*fired)(struct loop_timer *, uint64_t), unsigned after_ms, unsigned every_ms)
{
	g.guard.fired = fired;
	assert_int_equal(loop_timer_start(&g.loop, &g.guard, after_ms, every_ms), 0);
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void need_users(void)
{
	need_root();
	if (!have_users)
		skip();
}

static void wait_ms(unsigned ms)
{
	usleep(ms * 1000);
}

static bool alive(pid_t pid)
{
	char buf[512] = "";
	auto_file FILE *f = fopen(fmt("/proc/%d/stat", (int)pid), "re");
	const char *s;

	if (!f || !fgets(buf, sizeof(buf), f))
		return false;
	s = strrchr(buf, ')');
	return s && s[2] != 'Z'; /* without an init to reap it, it is a zombie */
}

/* A left-over process dies soon after a KILL, not at once. */
static bool dies(pid_t pid)
{
	for (int i = 0; i < 200 && alive(pid); i++)
		wait_ms(10);
	return !alive(pid);
}

/* Checks that the process of a printed id is alive, and kills it. */
static void assert_left_over(const char *id)
{
	pid_t pid = (pid_t)strtol(id, NULL, 10);

	assert_true(pid > 0);
	assert_true(alive(pid));
	kill(pid, SIGKILL);
}

TEST(output_and_exit_status_are_told)
{
	assert_string_equal(sh("echo out; echo err >&2; exit 7"), "out\nerr\n");
	assert_int_equal(g.status, W_EXITCODE(7, 0));
	assert_int_equal(g.bytes, 8);
	assert_false(g.timed_out);
	assert_string_equal(sh(":"), "");
	assert_int_equal(g.status, 0);
}

TEST(the_signal_that_ended_it_is_told)
{
	sh("kill -SEGV $$");
	assert_true(WIFSIGNALED(g.status));
	assert_int_equal(WTERMSIG(g.status), SIGSEGV);
}

TEST(a_user_has_its_own_ids_and_groups_only)
{
	need_users();
	assert_string_equal(as("childa", "id -u; id -ru; id -g; id -rg; id -G"),
	        "64001\n64001\n64001\n64001\n64001 64010 64011\n");
	assert_string_equal(as("childb", "id -G"), "64002\n"); /* none of root's stay */
	assert_string_equal(as("childb", "grep -E '^(Uid|Gid|CapEff|CapPrm)' /proc/self/status"),
	        "Uid:\t64002\t64002\t64002\t64002\nGid:\t64002\t64002\t64002\t64002\n"
	        "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
}

TEST(no_shell_gets_root_back)
{
	need_root();
	/* dash and bash set euid to ruid: that is how cfn-hup's runas became root again. */
	assert_string_equal(as("nobody", "dash -c 'id -u'; bash -c 'id -u'"), "65534\n65534\n");
	as("nobody", "python3 -c 'import os; os.setuid(0)' 2>/dev/null || exit 9");
	assert_int_equal(WEXITSTATUS(g.status), 9);
	as("nobody", "cat /etc/shadow > /dev/null 2>&1 || exit 9");
	assert_int_equal(WEXITSTATUS(g.status), 9);
}

TEST(a_user_may_write_to_its_output_by_name)
{
	need_root();
	assert_string_equal(as("nobody", "echo hello > /dev/stderr"), "hello\n");
}

TEST(a_user_starts_at_home_and_else_at_the_root)
{
	need_users();
	assert_string_equal(as("childa", "pwd; echo $HOME $USER $LOGNAME $SHELL"),
	        fmt("%s\n%s childa childa /bin/bash\n", tmp, tmp));
	assert_string_equal(as("childb", "pwd; echo $HOME $SHELL"), "/\n/nonexistent /bin/sh\n");
}

TEST(an_unknown_user_starts_nothing)
{
	assert_refused(
	        (struct child_spec){ .command = "true", .user = "no-such-user-here" }, -ENOENT);
}

TEST(a_user_whose_id_means_unchanged_is_refused)
{
	need_users();
	assert_refused((struct child_spec){ .command = "true", .user = "childroot" }, -EINVAL);
}

TEST(unprivileged_child_is_the_same_user_or_refused)
{
	int status;
	pid_t pid;

	need_users();
	pid = fork();
	if (pid == 0) {
		const struct child_spec root = { .command = "true", .user = "root" };
		const struct child_spec self = { .command = "id -un", .user = "childb" };

		if (setgroups(0, NULL) || setgid(64002) || setuid(64002))
			_exit(2);
		if (child_start(&g.child, &g.loop, &root) != -EPERM)
			_exit(3);
		if (child_start(&g.child, &g.loop, &self) != 0)
			_exit(4);
		(void)loop_run(&g.loop);
		_exit(strcmp(g.output, "childb\n") == 0 ? 0 : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(the_environment_is_exactly_what_is_meant)
{
	const char *const extra[] = { "CFN_HOOK=x y", "PATH=/bin:/usr/bin", NULL };
	const struct child_spec s = { .command =
		                              "tr '\\0' '\\n' < /proc/$$/environ | LC_ALL=C sort | "
		                              "sed 's/^SHELL=.*/SHELL=/'",
		.env = extra };

	need_root();
	setenv("HEAT_SECRET", "do not tell", 1);
	setenv("https_proxy", "http://u:p@proxy", 1);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	setenv("LANG", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	unsetenv("LC_ALL");
	assert_string_equal(run(&s), "CFN_HOOK=x y\nHOME=/root\nLANG=C.UTF-8\nLOGNAME=root\n"
	                             "PATH=/bin:/usr/bin\nSHELL=\nTZ=UTC\nUSER=root\n");
	unsetenv("NOTIFY_SOCKET");
}

TEST(an_entry_without_a_name_is_refused)
{
	const char *const bad[] = { "=x", NULL }, *const worse[] = { "x", NULL };

	assert_refused((struct child_spec){ .command = "true", .env = bad }, -EINVAL);
	assert_refused((struct child_spec){ .command = "true", .env = worse }, -EINVAL);
}

TEST(child_has_only_the_first_three_fds)
{
	int leak = dup(1); /* not close-on-exec */

	assert_true(leak > 2);
	/* Not with a glob: the shell would open the folder itself. */
	assert_string_equal(sh("f=0; while [ $f -lt 64 ]; do [ -e /proc/$$/fd/$f ] && echo $f; "
	                       "f=$((f + 1)); done; readlink /proc/$$/fd/0"),
	        "0\n1\n2\n/dev/null\n");
	close(leak);
}

TEST(signals_are_as_new)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* The shell starts grep, which inherits from the shell. */
	assert_string_equal(sh("grep -E '^Sig(Blk|Ign)' /proc/self/status"),
	        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGPIPE, SIG_DFL);
}

TEST(guards_of_the_daemon_are_not_inherited)
{
	auto_fd int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char old[16] = "";

	need_root();
	if (fd < 0 || read(fd, old, sizeof(old) - 1) <= 0)
		skip();
	/* Less than 0 needs a capability that a container's root may lack; more does not. */
	if (pwrite(fd, "-500", 4, 0) != 4)
		assert_int_equal(pwrite(fd, "500", 3, 0), 3);
	setpriority(PRIO_PROCESS, 0, -5);
	sh("cat /proc/self/oom_score_adj; nice");
	setpriority(PRIO_PROCESS, 0, 0);
	assert_true(pwrite(fd, old, strlen(old), 0) > 0);
	assert_string_equal(g.output, "0\n0\n");
}

TEST(limits_of_the_daemon_are_not_the_hooks)
{
	struct rlimit was, lim;

	getrlimit(RLIMIT_NOFILE, &was);
	if (was.rlim_max < 200)
		skip();
	lim = (struct rlimit){ 123, was.rlim_max };
	setrlimit(RLIMIT_NOFILE, &lim);
	child_limits_keep();
	lim.rlim_cur = 77;
	setrlimit(RLIMIT_NOFILE, &lim);
	sh("ulimit -n");
	setrlimit(RLIMIT_NOFILE, &was);
	child_limits_keep();
	assert_string_equal(g.output, "123\n");
}

TEST(the_umask_is_the_hooks)
{
	umask(0077);
	assert_string_equal(
	        run(&(struct child_spec){ .command = "umask", .umask = 027 }), "0027\n");
	umask(022);
}

TEST(child_leads_its_own_session)
{
	assert_string_equal(
	        sh("set -- $(cat /proc/$$/stat); [ $1 = $5 ] && [ $1 = $6 ] && echo yes"), "yes\n");
}

TEST(a_failed_exec_is_told_at_once)
{
	size_t n = 3 << 17; /* more than one argument may have */
	auto_free char *command = malloc(n);

	assert_refused((struct child_spec){ .command = fill_text(command, n, ':') }, -E2BIG);
	assert_string_equal(sh("echo next"), "next\n");
}

TEST(for_want_of_an_fd_nothing_runs)
{
	const char *mark = fmt("MARK=%s/mark", tmp), *const env[] = { mark, NULL };
	const struct child_spec s = {
		.command = "echo ran >> \"$MARK\"", .umask = 022, .env = env
	};
	struct rlimit was, lim;
	int r = 0;

	getrlimit(RLIMIT_NOFILE, &was);
	/* One more each time, so that each thing that needs an fd fails once. */
	for (rlim_t n = 4; n < 40; n++) {
		lim = (struct rlimit){ n, was.rlim_max };
		setrlimit(RLIMIT_NOFILE, &lim);
		r = child_start(&g.child, &g.loop, &s);
		setrlimit(RLIMIT_NOFILE, &was);
		if (r == 0)
			break;
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
		assert_int_equal(access(mark + 5, F_OK), -1);
	}
	assert_int_equal(r, 0);
	loop_run(&g.loop);
	(void)unlink(mark + 5);
}

TEST(missing_pidfd_open_starts_nothing)
{
	old_kernel = true;
	assert_refused((struct child_spec){ .command = fmt("touch %s/mark", tmp) }, -ENOSYS);
	old_kernel = false;
	assert_int_equal(access(fmt("%s/mark", tmp), F_OK), -1);
}

TEST(a_flood_is_bounded_and_its_end_is_kept)
{
	size_t n;

	sh("head -c 200000000 /dev/zero | tr '\\0' 'x' | fold -w 99; printf 'the\\0end'");
	assert_int_equal(g.status, 0);
	assert_true(g.bytes > 200000000);
	n = strlen(g.output);
	assert_in_range(n, CHILD_OUTPUT - 100, CHILD_OUTPUT);
	assert_string_equal(g.output + n - 7, "the?end");
	assert_true(strspn(g.output, "x") == 99); /* begins where a line does */
}

ON_TIMER(tick)
{
	assert_true(missed < 20);
	g.done += 1000;
}

TEST(a_flood_does_not_starve_others)
{
	start_guard(tick, 10, 10);
	run(&(struct child_spec){ .command = "exec cat /dev/zero", .timeout_s = 1 });
	assert_true(g.done > 30 * 1000); /* of 100 possible */
	assert_true(g.timed_out);
}

TEST(every_length_is_kept_whole_or_cut_at_the_front)
{
	static const unsigned lens[] = { CHILD_OUTPUT - 1, CHILD_OUTPUT, CHILD_OUTPUT + 1,
		2 * CHILD_OUTPUT, 2 * CHILD_OUTPUT + 3 };

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		sh(fmt("printf '%%0%uu' 12345", lens[i]));
		assert_int_equal(g.bytes, lens[i]);
		assert_int_equal(strlen(g.output), lens[i] < CHILD_OUTPUT ? lens[i] : CHILD_OUTPUT);
		assert_string_equal(g.output + strlen(g.output) - 6, "012345");
	}
}

TEST(hook_that_ignores_term_is_killed_with_its_group)
{
	pid_t grandchild, leader;

	term_ms = 300;
	run(&(struct child_spec){
	        .command = "trap '' TERM; (sh -c 'while :; do sleep 1; done' & echo $!); "
	                   "echo $$; while :; do sleep 1; done",
	        .timeout_s = 1 });
	assert_true(g.timed_out);
	assert_int_equal(g.status, W_EXITCODE(0, SIGKILL));
	assert_in_range(g.took_ms, 1250, 3000);
	assert_int_equal(sscanf(g.output, "%d %d", &grandchild, &leader), 2);
	assert_true(dies(grandchild));
	assert_true(dies(leader));
}

TEST(hook_that_handles_term_has_the_time)
{
	term_ms = 5000;
	/* The shell dies of TERM at once; the inner one, like a package manager, cleans up. */
	run(&(struct child_spec){ .command = "sh -c 'trap \"sleep 0.5; echo cleaned; exit\" TERM; "
	                                     "while :; do sleep 0.1; done'; true",
	        .timeout_s = 1 });
	assert_true(g.timed_out);
	assert_non_null(strstr(g.output, "cleaned"));
	assert_in_range(g.took_ms, 1400, 4000);
}

TEST(a_quiet_rest_of_a_timed_out_group_is_killed)
{
	pid_t pid;

	run(&(struct child_spec){
	        .command = "(trap '' TERM; exec sleep 100 > /dev/null 2>&1) & echo $!; wait",
	        .timeout_s = 1 });
	assert_true(g.timed_out);
	assert_int_equal(sscanf(g.output, "%d", &pid), 1);
	assert_true(dies(pid));
}

TEST(a_stopped_one_is_woken_to_end)
{
	run(&(struct child_spec){ .command = "kill -STOP $$", .timeout_s = 1 });
	assert_int_equal(g.status, W_EXITCODE(0, SIGTERM));
	assert_in_range(g.took_ms, 900, 3000);
}

TEST(daemon_of_a_hook_is_not_waited_for)
{
	drain_ms = 200;
	sh("sleep 60 & echo $!");
	assert_int_equal(g.status, 0);
	assert_false(g.timed_out);
	assert_in_range(g.took_ms, 190, 1000);
	assert_left_over(g.output);
}

TEST(left_over_program_survives_its_later_output)
{
	const char *id;

	drain_ms = 100;
	sh("(while :; do echo still here; sleep 0.02; done) & echo $! >&2; exit 3");
	assert_int_equal(WEXITSTATUS(g.status), 3);
	id = strpbrk(g.output, "0123456789");
	assert_non_null(id);
	wait_ms(300);
	assert_left_over(id);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* it may belong to another process now */
}

TEST(no_daemon_means_no_wait)
{
	sh("sleep 60 > /dev/null 2>&1 & echo $!");
	assert_true(g.took_ms < 1000);
	kill((pid_t)strtol(g.output, NULL, 10), SIGKILL);
}

TEST(closed_output_is_still_waited_for)
{
	sh("exec > /dev/null 2>&1; sleep 0.3; exit 4");
	assert_int_equal(WEXITSTATUS(g.status), 4);
	assert_true(g.took_ms >= 290);
}

static void both_done(struct child *c, const struct child_result *res)
{
	done(c, res);
	if (g.done < 2)
		g.loop.stop = false;
}

TEST(two_may_run_at_once)
{
	const struct child_spec a = { .command = "sleep 0.3; exit 1" };
	const struct child_spec b = { .command = "sleep 0.2; exit 2" };
	uint64_t from = loop_now();

	g.child.done = g.other.done = both_done;
	assert_int_equal(child_start(&g.child, &g.loop, &a), 0);
	assert_int_equal(child_start(&g.child, &g.loop, &a), -EBUSY);
	assert_int_equal(child_start(&g.other, &g.loop, &b), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_int_equal(g.done, 2);
	assert_int_equal(WEXITSTATUS(g.status), 1); /* the slower one is last */
	assert_true(loop_now() - from < 480);
}

static void again(struct child *c, const struct child_result *res)
{
	done(c, res);
	g.loop.stop = false;
	c->done = done;
	assert_int_equal(
	        child_start(c, &g.loop, &(struct child_spec){ .command = "echo second" }), 0);
}

TEST(done_may_start_it_again)
{
	g.child.done = again;
	assert_string_equal(sh("echo first"), "second\n");
	assert_int_equal(g.done, 2);
}

ON_TIMER(stop_now)
{
	child_stop(&g.child);
	child_stop(&g.child);
}

TEST(stopping_ends_it_early)
{
	child_stop(&g.child); /* idle: nothing */
	start_guard(stop_now, 100, 0);
	sh("sleep 60");
	assert_true(g.timed_out);
	assert_int_equal(WTERMSIG(g.status), SIGTERM);
	assert_int_equal(g.done, 1);
	assert_true(g.took_ms < 2000);
}

TEST(stopping_what_has_ended_spares_its_daemon)
{
	start_guard(stop_now, 300, 0);
	sh("sleep 60 & echo $!");
	assert_in_range(g.took_ms, 200, 1500);
	assert_false(g.timed_out);
	assert_left_over(g.output);
}

TEST(a_forgotten_one_runs_and_prints_on)
{
	const struct child_spec s = {
		.command = "for i in 1 2 3 4 5 6; do sleep 0.05; echo $i; done; exit 5"
	};
	int status;
	pid_t pid;

	assert_int_equal(child_start(&g.child, &g.loop, &s), 0);
	pid = g.child.pid;
	child_forget(&g.child);
	child_forget(&g.child);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, W_EXITCODE(5, 0)); /* not SIGPIPE */
	assert_int_equal(g.done, 0);
}

TEST(a_start_time_names_a_process_for_good)
{
	uint64_t ours = process_id_started_at(getpid());

	assert_true(ours > 0);
	assert_true(ours <= (uint64_t)sysconf(_SC_CLK_TCK) * (loop_now() / 1000 + 1));
	assert_int_equal(process_id_started_at(getpid()), ours);
	assert_int_equal(process_id_started_at(0x7ffffff0), 0);
}

/* Lays a copy with more lines over the real file. */
static bool add_lines(const char *real, const char *lines)
{
	const char *copy = fmt("%s/%s", tmp, strrchr(real, '/') + 1);

	return system(fmt("{ cat %s; printf '%s'; } > %s", real, lines, copy)) == 0 &&
	       mount(copy, real, NULL, MS_BIND, NULL) == 0;
}

FIXTURE(add_users)
{
	if (!mkdtemp(tmp) || chmod(tmp, 0755) < 0)
		return -1;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 0;
	have_users = add_lines("/etc/passwd", fmt("childa:x:64001:64001::%s:/bin/bash\n"
	                                          "childb:x:64002:64002::/nonexistent:\n"
	                                          "childroot:x:4294967295:64002::/:\n",
	                                              tmp)) &&
	             add_lines("/etc/group", "childx:x:64010:childa\nchildy:x:64011:root,childa\n");
	return 0;
}

FIXTURE(remove_users)
{
	return system(fmt("rm -r %s", tmp));
}

TEST_GROUP(add_users, remove_users);
