/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - the event loop: one thread and one epoll set of file descriptors.
 *
 * Timers are timerfds, signals a signalfd, children pidfds; libcurl's connections and libudev's monitor are sockets.
 * Each is a struct loop_fd embedded in its owner.  The loop allocates nothing and owns nothing.
 *
 * Events are read from the kernel one at a time.  A callback may therefore remove, close or free any watcher, also
 * its own: no stale event can be pending.
 *
 * All clocks are CLOCK_BOOTTIME: after a suspend the timers are due and the gap is visible.
 *
 * A zeroed timer, signals or child is stopped; stopping it twice is harmless.
 */
#ifndef AGENT_BASE_LOOP_H
#define AGENT_BASE_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns the struct whose `member` is at `ptr`. */
/* clang-format off */
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

struct loop {
	int epfd;
	bool stop;
	/* Called before each wait for an event; may call loop_stop().  NULL: none. */
	void (*prepare)(struct loop *l);
};

/* first_ms of a timer that is not armed. */
#define LOOP_NEVER UINT64_MAX

/* A watched fd.  The owner keeps it open until loop_del(). */
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

/* The signals that the daemon handles, in one watcher. */
struct loop_signals {
	struct loop_fd io;
	void (*caught)(struct loop_signals *s, int signo);
};

/* A child process; `status` is that of waitpid(2), -1 if the child was reaped elsewhere. */
struct loop_child {
	struct loop_fd io;
	struct loop *loop;
	pid_t pid;
	void (*exited)(struct loop_child *c, int status);
};

/* Returns 0 or -errno.  Resets SIGCHLD: if it were inherited as ignored, no child could be waited for. */
int loop_open(struct loop *l);
int loop_run(struct loop *l); /* runs until loop_stop(); 0 or -errno; may be called again */
void loop_stop(struct loop *l);
void loop_close(struct loop *l);

/* Returns CLOCK_BOOTTIME in ms.  Only loop callbacks read the clock; pure code takes the time as a parameter. */
uint64_t loop_now(void);

int loop_add(struct loop *l, struct loop_fd *w, uint32_t events);
int loop_mod(struct loop *l, struct loop_fd *w, uint32_t events);
void loop_del(struct loop *l, struct loop_fd *w); /* does not close the fd */

/*
 * Fires after `first_ms` and then every `every_ms`; every_ms 0 makes it one-shot.  Starting a started timer re-arms
 * it, which costs one system call and cannot fail.  LOOP_NEVER therefore disarms a timer that is needed again.
 * Returns 0 or -errno.
 */
int loop_timer_start(struct loop *l, struct loop_timer *t, uint64_t first_ms, uint64_t every_ms);
void loop_timer_stop(struct loop *l, struct loop_timer *t); /* closes its fd */

/*
 * Blocks the signals of `set` and delivers them to `s`.  They stay blocked after loop_signals_stop(): a signal
 * between then and exit must not kill the daemon.  Returns 0 or -errno.
 */
int loop_signals_start(struct loop *l, struct loop_signals *s, const sigset_t *set);
void loop_signals_stop(struct loop *l, struct loop_signals *s);

/* Watches a started child, reaps it and calls exited().  Returns 0 or -errno; -ENOSYS before Linux 5.3. */
int loop_child_watch(struct loop *l, struct loop_child *c, pid_t pid);
void loop_child_stop(struct loop *l, struct loop_child *c); /* stops watching; does not reap */

#endif
