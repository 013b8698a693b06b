/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - asks what may hang (a network mount, a disk about itself) in a child of our own, so that only
 * the child hangs.
 *
 * One child at a time for a probe; one that does not answer in time is killed, and as long as it cannot
 * even be killed (it sleeps in the kernel) none is started beside it.  Nothing is allocated.
 */
#ifndef COLLECTORS_LIB_PROBE_H
#define COLLECTORS_LIB_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Zeroed: at rest. */
struct probe {
	pid_t pid; /* 0: none runs */
	int fd;    /* the answer */
	uint64_t from_ms;
	bool killed;
};

enum probe_state {
	PROBE_IDLE,   /* none runs */
	PROBE_RUNS,   /* not yet */
	PROBE_DONE,   /* answered: its bytes are in `ret` */
	PROBE_FAILED, /* ended without an answer */
	PROBE_HANGS,  /* did not answer in time, and has not ended since */
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

/* Kills it and forgets it. */
void probe_stop(struct probe *p);

#endif
