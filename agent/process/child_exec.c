/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/process/child_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clean.h"

#ifdef __GLIBC__
typedef __rlimit_resource_t resource;
#else
typedef int resource;
#endif

static struct rlimit kept[RLIM_NLIMITS];
static bool limits_kept;

void child_limits_keep(void)
{
	limits_kept = true;
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		if (getrlimit((resource)i, &kept[i]) < 0)
			kept[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
}

/* Restores the saved limits where possible: only root may raise a hard limit. */
static void restore_limits(void)
{
	for (unsigned i = 0; limits_kept && i < RLIM_NLIMITS; i++)
		(void)setrlimit((resource)i, &kept[i]);
}

static int close_from(unsigned first)
{
	struct rlimit lim;
	unsigned end = 65536; /* only a safeguard: all fds of the daemon are close-on-exec */

	/* Direct system call: glibc has close_range() only since 2.34. */
	if (syscall(SYS_close_range, first, ~0U, 0) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < end)
		end = (unsigned)lim.rlim_cur;
	for (unsigned fd = first; fd < end; fd++)
		(void)close((int)fd); /* most are not open */
	return 0;
}

/* Keeps fds 0 to 2, and the gate as fd 3 until the exec; closes all others. */
static int arrange_fds(int null, int out, int gate)
{
	/*
	 * If the daemon was started with 0 to 2 closed, these descriptors have those numbers: move
	 * them first.
	 */
	null = fcntl(null, F_DUPFD, 10);
	out = fcntl(out, F_DUPFD, 10);
	gate = fcntl(gate, F_DUPFD, 10);
	if (null < 0 || out < 0 || gate < 0)
		return -errno;
	if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	        dup3(gate, 3, O_CLOEXEC) < 0)
		return -errno;
	return close_from(4);
}

/*
 * Direct system call: glibc rejects signals 32 and 33, yet they may be inherited as ignored from a
 * posix_spawn(3) of the parent. A struct of zeros is SIG_DFL on every architecture.
 */
static void default_signals(void)
{
	static const unsigned long dfl[16];

	for (int s = 1; s < _NSIG; s++)
		/* fails for KILL and STOP */
		(void)syscall(SYS_rt_sigaction, s, dfl, NULL, _NSIG / 8);
}

static void unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * The daemon protects itself (OOMScoreAdjust, nice); a hook's processes must not be preferred to
 * the guest's services. Raising either is always allowed; lowering depends on the rights.
 */
static void reset_process_priority(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "0", 1);
		close(fd);
	}
	(void)setpriority(PRIO_PROCESS, 0, 0);
}

static int become_plan_user(const struct child_plan *p)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (setgroups((size_t)p->group_count, p->groups) < 0)
		return -errno;
	if (setresgid(p->gid, p->gid, p->gid) < 0)
		return -errno;
	if (setresuid(p->uid, p->uid, p->uid) < 0)
		return -errno;
	/* Verified, because a hook that runs as root by mistake is the worst failure. */
	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return -errno;
	if (ruid != p->uid || euid != p->uid || suid != p->uid)
		return -EPERM;
	if (rgid != p->gid || egid != p->gid || sgid != p->gid)
		return -EPERM;
	if (p->uid != 0 && setresuid(0, 0, 0) == 0)
		return -EPERM;
	return 0;
}

static int prepare_child_process(const struct child_plan *p)
{
	int r;

	default_signals();
	reset_process_priority();
	restore_limits();
	if (p->drop) {
		/* So that `echo x > /dev/stderr` opens: a pipe has an owner and a mode too. */
		(void)!fchown(1, p->uid, p->gid);
		r = become_plan_user(p);
		if (r < 0)
			return r;
	}
	(void)umask(p->umask);
	/* Enters the folder as that user, who may lack access to it. */
	return chdir(p->home) < 0 && chdir("/") < 0 ? -errno : 0;
}

static void report_exec_failure(int gate, int error) __attribute__((noreturn));

static void report_exec_failure(int gate, int error)
{
	(void)send(gate, &error, sizeof(error),
	        MSG_NOSIGNAL); /* the parent may have stopped waiting */
	_exit(126);
}

static void execute_child_plan(const struct child_plan *p, int null, int out, int gate)
        __attribute__((noreturn));

static void execute_child_plan(const struct child_plan *p, int null, int out, int gate)
{
	char go, *argv[] = { "sh", "-c", (char *)(uintptr_t)p->command, NULL };
	ssize_t n;
	int r;

	(void)setsid(); /* cannot fail: a new process leads no group */
	do
		n = read(gate, &go, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(126);
	r = arrange_fds(null, out, gate);
	if (r < 0)
		report_exec_failure(gate, -r);
	r = prepare_child_process(p);
	if (r < 0)
		report_exec_failure(3, -r);
	unblock_signals();
	(void)execve("/bin/sh", argv, p->env);
	report_exec_failure(3, errno);
}

static void drain_child_pipe(int null, int in) __attribute__((noreturn));

static void drain_child_pipe(int null, int in)
{
	char *argv[] = { "cat", NULL }, *env[] = { NULL }, buf[4096];

	(void)setsid();
	if (arrange_fds(in, null, null) < 0 || fcntl(0, F_SETFL, 0) < 0)
		_exit(126);
	default_signals();
	reset_process_priority();
	(void)!chdir("/");
	unblock_signals();
	/* cat(1) where possible: a process with the daemon's name and memory would mislead. */
	(void)execve("/bin/cat", argv, env);
	while (read(0, buf, sizeof(buf)) > 0)
		;
	_exit(0);
}

/* Forks with all signals blocked: no handler of the daemon or a library runs in the child. */
static pid_t fork_blocked(void)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid < 0)
		pid = -errno;
	if (pid != 0)
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

void child_drain(int in)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = null < 0 ? -1 : fork_blocked();

	if (pid == 0) {
		/* Forks twice, so that init reaps it. */
		if (fork() == 0)
			drain_child_pipe(null, in);
		_exit(0);
	}
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
}

pid_t child_fork(const struct child_plan *p, int *ret_out, int *ret_gate)
{
	auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	auto_fd int in = -1, out = -1, ours = -1, theirs = -1;
	int fds[2];
	pid_t pid;

	if (null < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	ours = fds[0];
	theirs = fds[1];
	pid = fork_blocked();
	if (pid == 0) {
		close(ours); /* or it would keep the gate open after the daemon ends */
		execute_child_plan(p, null, out, theirs);
	}
	if (pid > 0) {
		*ret_out = steal_fd(&in);
		*ret_gate = steal_fd(&ours);
	}
	return pid;
}

int child_release(int gate)
{
	struct pollfd p = { .fd = gate, .events = POLLIN };
	uint64_t now = loop_now(), until = now + CHILD_EXEC_MS;
	int error = 0;

	if (send(gate, "", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	for (; now < until; now = loop_now())
		if (poll(&p, 1, (int)(until - now)) >= 0 || errno != EINTR)
			break;
	/* Closed: the command runs.  No data yet: it will run, or end with 126. */
	if (recv(gate, &error, sizeof(error), MSG_DONTWAIT) != sizeof(error))
		return 0;
	return -error;
}
