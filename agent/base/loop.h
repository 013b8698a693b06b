/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - one thread, one epoll set, one kind of thing in it: a readable fd.
 *
 * Files are fds.  Timers are timerfds, signals a signalfd, children pidfds,
 * libcurl's connections and libudev's monitor are sockets.  Everything the
 * daemon waits for is a struct loop_fd embedded in its owner; the loop itself
 * allocates nothing and owns nothing, so there is nothing to free and no
 * registration can fail for want of memory.
 *
 * Events are taken from the kernel one at a time.  A callback may therefore
 * remove, close or free any watcher, its own too: no stale event can be in flight.
 *
 * All clocks here are CLOCK_BOOTTIME: a guest that was suspended finds its timers due and sees
 * the gap, instead of taking yesterday's sample for one of a second ago.
 *
 * A zeroed timer, signals or child is a stopped one; stopping twice does no harm.
 */
#ifndef AGENT_BASE_LOOP_H
#define AGENT_BASE_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The struct that holds `member` at `ptr`. */
/* clang-format off */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

struct loop {
	int epfd;
	bool stop;
};

/* As first_ms of a timer: not armed. */
#define LOOP_NEVER UINT64_MAX

/* Anything that becomes ready.  Owner keeps fd open until loop_del(). */
struct loop_fd {
	int fd;
	void (*ready)(struct loop_fd *w, uint32_t events);
};

/* A periodic or one-shot timer. */
struct loop_timer {
	struct loop_fd io;
	/* `missed`: whole periods lost since the last call; 0 on a healthy guest. */
	void (*fired)(struct loop_timer *t, uint64_t missed);
};

/* The set of signals the daemon handles, all in one watcher. */
struct loop_signals {
	struct loop_fd io;
	void (*caught)(struct loop_signals *s, int signo);
};

/* A child process; `status` is what waitpid(2) gave, -1 when somebody else had reaped it. */
struct loop_child {
	struct loop_fd io;
	struct loop *loop;
	pid_t pid;
	void (*exited)(struct loop_child *c, int status);
};

/* 0 or -errno.  Sets SIGCHLD to its default: inherited as ignored, nothing could be waited for. */
int loop_open(struct loop *l);
int loop_run(struct loop *l); /* until loop_stop(); 0 or -errno; may be called again */
void loop_stop(struct loop *l);
void loop_close(struct loop *l);

/* CLOCK_BOOTTIME in ms.  Only loop callbacks read the clock; pure code is told the time. */
uint64_t loop_now(void);

int loop_add(struct loop *l, struct loop_fd *w, uint32_t events);
int loop_mod(struct loop *l, struct loop_fd *w, uint32_t events);
void loop_del(struct loop *l, struct loop_fd *w); /* does not close the fd */

/*
 * First after `first_ms`, then every `every_ms`; every_ms 0 makes it one-shot.  A timer that was
 * started before is set anew, which costs one system call and can no longer fail for want of fds;
 * so LOOP_NEVER is the cheap way to halt one that will be needed again.  0 or -errno.
 */
int loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t first_ms, uint64_t every_ms);
void loop_timer_stop(struct loop *l, struct loop_timer *t); /* closes its fd */

/*
 * Blocks `set` for this process and delivers it to `s` instead.  They stay blocked after
 * loop_signals_stop(): one that comes between then and exit must not kill the daemon half-way.
 */
int loop_signals_start(struct loop *l, struct loop_signals *s, const sigset_t *set);
void loop_signals_stop(struct loop *l, struct loop_signals *s);

/* Watches an already started child; reaps it, then calls exited().  -ENOSYS before Linux 5.3. */
int loop_child_watch(struct loop *l, struct loop_child *c, pid_t pid);
void loop_child_stop(struct loop *l, struct loop_child *c); /* watches no more; does not reap */

#endif
