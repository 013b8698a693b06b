/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/loop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/pidfd.h"

int loop_open(struct loop *l)
{
	*l = (struct loop){ .epfd = epoll_create1(EPOLL_CLOEXEC) };
	if (l->epfd < 0)
		return -errno;
	return signal(SIGCHLD, SIG_DFL) == SIG_ERR ? -errno : 0;
}

void loop_close(struct loop *l)
{
	if (l->epfd > 0) /* 0: not opened */
		close(l->epfd);
	l->epfd = -1;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

int loop_run(struct loop *l)
{
	for (;;) {
		struct epoll_event ev;
		int n;

		if (l->prepare)
			l->prepare(l);
		if (l->stop)
			break;
		n = epoll_wait(l->epfd, &ev, 1, -1);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 1) {
			struct loop_fd *w = ev.data.ptr;

			w->ready(w, ev.events);
		}
	}
	l->stop = false;
	return 0;
}

uint64_t loop_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static int control_epoll_set(struct loop *l, int op, struct loop_fd *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	return epoll_ctl(l->epfd, op, w->fd, &ev) < 0 ? -errno : 0;
}

int loop_add(struct loop *l, struct loop_fd *w, uint32_t events)
{
	return control_epoll_set(l, EPOLL_CTL_ADD, w, events);
}

int loop_mod(struct loop *l, struct loop_fd *w, uint32_t events)
{
	return control_epoll_set(l, EPOLL_CTL_MOD, w, events);
}

void loop_del(struct loop *l, struct loop_fd *w)
{
	(void)control_epoll_set(l, EPOLL_CTL_DEL, w, 0);
}

/* Takes ownership of fd, the result of a call that sets errno.  Adds it, or closes it and returns -errno. */
static int adopt_watched_fd(
        struct loop *l, struct loop_fd *w, int fd, void (*ready)(struct loop_fd *, uint32_t))
{
	int r;

	*w = (struct loop_fd){ .fd = -1 };
	if (fd < 0)
		return -errno;
	w->fd = fd;
	w->ready = ready; /* marks w as in use: fd 0 is a valid fd in a zeroed struct */
	r = loop_add(l, w, EPOLLIN);
	if (r < 0) {
		close(fd);
		*w = (struct loop_fd){ .fd = -1 };
	}
	return r;
}

/* Removes before closing: epoll keeps an fd that a forked child still holds open. */
static void close_watched_fd(struct loop *l, struct loop_fd *w)
{
	if (!w->ready)
		return;
	loop_del(l, w);
	close(w->fd);
	*w = (struct loop_fd){ .fd = -1 };
}

static void timer_ready(struct loop_fd *w, uint32_t events)
{
	struct loop_timer *t = container_of(w, struct loop_timer, io);
	uint64_t times;

	(void)events;
	if (read(w->fd, &times, sizeof(times)) == sizeof(times))
		t->fired(t, times - 1);
}

static struct timespec timespec_from_ms(uint64_t ms)
{
	return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };
}

int loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t first_ms, uint64_t every_ms)
{
	struct itimerspec when = { 0 }; /* all zeros: not armed */
	bool fresh = !t->io.ready;
	int r = 0;

	if (first_ms != LOOP_NEVER) {
		when.it_value = timespec_from_ms(first_ms);
		if (first_ms == 0)
			when.it_value.tv_nsec = 1;
		when.it_interval = timespec_from_ms(every_ms);
	}
	if (fresh)
		r = adopt_watched_fd(l, &t->io,
		        timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC), timer_ready);
	if (r < 0)
		return r;
	if (timerfd_settime(t->io.fd, 0, &when, NULL) < 0) {
		r = -errno;
		if (fresh)
			close_watched_fd(l, &t->io);
	}
	return r;
}

void loop_timer_stop(struct loop *l, struct loop_timer *t)
{
	close_watched_fd(l, &t->io);
}

static void signal_ready(struct loop_fd *w, uint32_t events)
{
	struct loop_signals *s = container_of(w, struct loop_signals, io);
	struct signalfd_siginfo si;

	(void)events;
	if (read(w->fd, &si, sizeof(si)) == sizeof(si))
		s->caught(s, (int)si.ssi_signo);
}

int loop_signals_start(struct loop *l, struct loop_signals *s, const sigset_t *set)
{
	close_watched_fd(l, &s->io);
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		return -errno;
	return adopt_watched_fd(
	        l, &s->io, signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC), signal_ready);
}

void loop_signals_stop(struct loop *l, struct loop_signals *s)
{
	close_watched_fd(l, &s->io);
}

static void child_ready(struct loop_fd *w, uint32_t events)
{
	struct loop_child *c = container_of(w, struct loop_child, io);
	int status = -1;
	pid_t got = waitpid(c->pid, &status, WNOHANG);

	(void)events;
	if (got == 0)
		return;
	/* ECHILD: reaped elsewhere.  The child has ended, and the pidfd stays readable. */
	if (got < 0)
		status = -1;
	close_watched_fd(c->loop, w);
	c->exited(c, status);
}

int loop_child_watch(struct loop *l, struct loop_child *c, pid_t pid)
{
	c->loop = l;
	c->pid = pid;
	return adopt_watched_fd(l, &c->io, pidfd_open(pid, 0), child_ready);
}

void loop_child_stop(struct loop *l, struct loop_child *c)
{
	close_watched_fd(l, &c->io);
}
