/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/lib/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 1024 };

/*
 * Closes all descriptors but `fd`: a child that hangs must not keep the daemon's sockets, locks and
 * pipes open.
 */
static void close_other_fds(int fd)
{
	if (fd != 3 && dup2(fd, 3) < 0)
		_exit(1);
	if (syscall(SYS_close_range, 4U, ~0U, 0U) < 0)
		for (int i = 4; i < 1024; i++) /* before Linux 5.9 */
			(void)close(i);
}

static _Noreturn void run_probe_child(
        int fd, int (*work)(const void *arg, void *answer), const void *arg, size_t size)
{
	char answer[ANSWER_MAX] = { 0 };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_NAME, "prehup-probe");
	close_other_fds(fd);
	if (work(arg, answer) < 0)
		_exit(1);
	_exit(write(3, answer, size) == (ssize_t)size ? 0 : 1);
}

int probe_start(struct probe *p, uint64_t now_ms, int (*work)(const void *arg, void *answer),
        const void *arg, size_t size)
{
	int fd[2], e;

	if (p->pid)
		return -EBUSY;
	if (size > ANSWER_MAX)
		return -EFBIG;
	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* fork() would run the atfork handlers of libraries and the allocator in the child. */
	p->pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	e = errno;
	if (p->pid == 0)
		run_probe_child(fd[1], work, arg, size);
	close(fd[1]);
	if (p->pid < 0) {
		close(fd[0]);
		p->pid = 0;
		return -e;
	}
	*p = (struct probe){ .pid = p->pid, .fd = fd[0], .from_ms = now_ms };
	return 0;
}

static void reset_probe(struct probe *p)
{
	close(p->fd);
	*p = (struct probe){ 0 };
}

enum probe_state probe_look(
        struct probe *p, uint64_t now_ms, unsigned timeout_ms, void *ret, size_t size)
{
	bool late = p->killed;
	ssize_t n;

	if (p->pid == 0)
		return PROBE_IDLE;
	if (waitpid(p->pid, NULL, WNOHANG) == 0) {
		if (now_ms - p->from_ms < timeout_ms)
			return PROBE_RUNS;
		(void)kill(p->pid, SIGKILL);
		p->killed = true;
		return PROBE_HANGS;
	}
	n = late ? 0 : read(p->fd, ret, size);
	reset_probe(p);
	return n == (ssize_t)size ? PROBE_DONE : PROBE_FAILED;
}

void probe_stop(struct probe *p)
{
	if (p->pid == 0)
		return;
	(void)kill(p->pid, SIGKILL);
	/* A child that sleeps in the kernel is reaped by init after the daemon has exited. */
	(void)waitpid(p->pid, NULL, WNOHANG);
	reset_probe(p);
}
