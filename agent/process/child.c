/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/pidfd.h"
#include "agent/process/child_internal.h"

/* reads of CHILD_OUTPUT bytes: at most a full pipe before other fds are served */
enum { READS = 4 };

/* Variables, so that tests can shorten them. */
static unsigned term_ms = CHILD_TERM_MS, drain_ms = CHILD_DRAIN_MS;

static void unwatch_child_fd(struct child *c, struct loop_fd *w)
{
	if (!w->ready)
		return;
	loop_del(c->loop, w);
	close(w->fd);
	*w = (struct loop_fd){ .fd = -1 };
}

/*
 * The process group is valid as long as its leader is not reaped: until then the number cannot be
 * reused. That is why finish_child() reaps last.
 */
static void signal_group(const struct child *c, int signo)
{
	(void)kill(-c->pid, signo); /* ESRCH: all have ended */
}

/* Reads the available output, within bounds.  Returns false at its end. */
static bool take_output(struct child *c)
{
	for (int i = 0; i < READS; i++) {
		size_t at = (size_t)(c->bytes % CHILD_OUTPUT);
		ssize_t n = read(c->out.fd, c->text + at, CHILD_OUTPUT - at);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n == 0)
			return false;
		c->bytes += (uint64_t)n;
	}
	return true;
}

static void reverse_bytes(char *s, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		char t = s[i];

		s[i] = s[n - 1 - i];
		s[n - 1 - i] = t;
	}
}

/* Makes the ring a string, in place.  Returns the start of its first whole line. */
static const char *output_tail(char *text, uint64_t bytes)
{
	size_t n = bytes < CHILD_OUTPUT ? (size_t)bytes : CHILD_OUTPUT;
	size_t first = bytes > CHILD_OUTPUT ? (size_t)(bytes % CHILD_OUTPUT) : 0;
	char *line;

	/* Rotates by `first`: reverses both parts, then the whole. */
	reverse_bytes(text, first);
	reverse_bytes(text + first, n - first);
	reverse_bytes(text, n);
	text[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (text[i] == '\0')
			text[i] = '?';
	line = bytes > CHILD_OUTPUT ? memchr(text, '\n', n) : NULL;
	return line && line[1] ? line + 1 : text;
}

/* Closes both fds and the timer; keeps the text and the pid. */
static void close_all(struct child *c)
{
	unwatch_child_fd(c, &c->exit);
	unwatch_child_fd(c, &c->out);
	loop_timer_stop(c->loop, &c->timer);
}

static void finish_child(struct child *c)
{
	struct child_result res = { .status = -1, .timed_out = c->timed_out };
	auto_free char *text = c->text;

	if (c->timed_out)
		signal_group(c, SIGKILL);
	if (c->out.ready && take_output(c) && !c->timed_out)
		child_drain(c->out.fd);
	close_all(c);
	if (waitpid(c->pid, &res.status, WNOHANG) != c->pid)
		res.status = -1;
	res.output = output_tail(text, c->bytes);
	res.output_bytes = c->bytes;
	c->pid = 0;
	c->text = NULL;
	c->done(c, &res); /* may free c */
}

static void output_ready(struct loop_fd *w, uint32_t events)
{
	struct child *c = container_of(w, struct child, out);

	(void)events;
	if (take_output(c))
		return;
	unwatch_child_fd(c, w);
	if (c->exited)
		finish_child(c);
}

/*
 * The process has ended. Its pipe may still hold output; and if it was terminated, other processes
 * of its group may still run as long as the pipe is open.
 */
static void exit_ready(struct loop_fd *w, uint32_t events)
{
	struct child *c = container_of(w, struct child, exit);
	siginfo_t si = { 0 };

	(void)events;
	if (waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid == 0)
		return;
	unwatch_child_fd(c, w);
	c->exited = true;
	if (!c->out.ready)
		finish_child(c);
	else if ((!c->timed_out || c->killed) &&
	         loop_timer_start(c->loop, &c->timer, drain_ms, 0) < 0)
		finish_child(c);
}

static void fire_child_timer(struct loop_timer *t, uint64_t missed)
{
	struct child *c = container_of(t, struct child, timer);

	(void)missed;
	if (c->exited) {
		finish_child(c);
	} else if (!c->timed_out) {
		child_stop(c);
	} else {
		c->killed = true;
		signal_group(c, SIGKILL);
	}
}

void child_stop(struct child *c)
{
	if (!c->pid || c->timed_out)
		return;
	/* The timer exists; re-arming it cannot fail. */
	if (c->exited) {
		(void)loop_timer_start(c->loop, &c->timer, 0, 0);
		return;
	}
	c->timed_out = true;
	(void)loop_timer_start(c->loop, &c->timer, term_ms, 0);
	signal_group(c, SIGTERM);
	signal_group(c, SIGCONT); /* a stopped process cannot handle TERM */
}

void child_forget(struct child *c)
{
	if (!c->pid)
		return;
	if (c->out.ready)
		child_drain(c->out.fd);
	close_all(c);
	(void)waitpid(c->pid, NULL, WNOHANG); /* if it has ended; else init reaps it */
	c->pid = 0;
	free(c->text);
	c->text = NULL;
}

/* Watches output, exit and timer.  These steps may fail, so the child still waits at the gate. */
static int watch_child_fds(struct child *c, int out, unsigned timeout_s)
{
	int r;

	c->out = (struct loop_fd){ .fd = out, .ready = output_ready };
	r = loop_add(c->loop, &c->out, EPOLLIN);
	if (r < 0) {
		close(out);
		c->out = (struct loop_fd){ .fd = -1 };
		return r;
	}
	c->exit.fd = pidfd_open(c->pid, 0);
	if (c->exit.fd < 0)
		return -errno;
	c->exit.ready = exit_ready;
	r = loop_add(c->loop, &c->exit, EPOLLIN);
	if (r < 0)
		return r;
	c->timer.fired = fire_child_timer;
	return loop_timer_start(
	        c->loop, &c->timer, timeout_s ? (uint64_t)timeout_s * 1000 : LOOP_NEVER, 0);
}

static int start_child_plan(struct child *c, const struct child_plan *p, unsigned timeout_s)
{
	auto_fd int gate = -1;
	int out, r = child_fork(p, &out, &gate);

	if (r < 0)
		return r;
	c->pid = r;
	r = watch_child_fds(c, out, timeout_s);
	if (r == 0)
		r = child_release(gate);
	if (r < 0) {
		close_all(c);
		close(steal_fd(&gate)); /* the child may still wait there */
		(void)waitpid(c->pid, NULL, 0);
		c->pid = 0;
	}
	return r;
}

int child_start(struct child *c, struct loop *l, const struct child_spec *s)
{
	struct child_plan plan;
	int r;

	if (c->pid)
		return -EBUSY;
	r = child_plan_make(&plan, s);
	if (r < 0)
		return r;
	*c = (struct child){ .done = c->done, .loop = l, .text = malloc(CHILD_OUTPUT + 1) };
	r = c->text ? start_child_plan(c, &plan, s->timeout_s) : -ENOMEM;
	child_plan_free(&plan);
	if (r < 0) {
		free(c->text);
		c->text = NULL;
	}
	return r;
}
