/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - runs a call that may hang (on a network mount, a drive's SMART data) in a child
 * process.
 *
 * Each probe has one child at a time. A child that does not answer in time is killed; while it
 * cannot be killed (it sleeps in the kernel) no other is started. Nothing is allocated.
 */
#ifndef COLLECTORS_LIB_PROBE_H
#define COLLECTORS_LIB_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Zeroed: idle. */
struct probe {
	pid_t pid; /* 0: no child */
	int fd;    /* pipe from the child */
	uint64_t from_ms;
	bool killed;
};

enum probe_state {
	PROBE_IDLE,   /* no child */
	PROBE_RUNS,   /* no answer yet */
	PROBE_DONE,   /* answered: its bytes are in `ret` */
	PROBE_FAILED, /* ended without an answer */
	PROBE_HANGS,  /* did not answer in time and still exists */
};

/*
 * Starts a child that runs work(arg, answer) and sends the `size` bytes of answer when work()
 * returns 0. The child has no descriptors of the daemon; work() may only make system calls. Returns
 * 0 or -errno.
 */
int probe_start(struct probe *p, uint64_t now_ms, int (*work)(const void *arg, void *answer),
        const void *arg, size_t size);

/* Returns the state of the child, without waiting. */
enum probe_state probe_look(
        struct probe *p, uint64_t now_ms, unsigned timeout_ms, void *ret, size_t size);

/* Kills the child without waiting for it. */
void probe_stop(struct probe *p);

#endif
