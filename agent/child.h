/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - the one way in which this daemon starts another program.
 *
 * A child runs `/bin/sh -c command` in a session and process group of its own, as the user
 * asked for with that user's groups, with stdin from /dev/null, stdout and stderr captured
 * (bounded), no other fd, default signal dispositions and mask, oom_score_adj 0 and nice 0.
 * It ends when the *process* ends, not when the last holder of its output does.
 */
#ifndef AGENT_CHILD_H
#define AGENT_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/loop.h"

enum {
	CHILD_OUTPUT = 16 << 10, /* the last so many bytes of output are kept */
	CHILD_TERM_MS = 10000,   /* from TERM to KILL */
	CHILD_DRAIN_MS = 2000,   /* how long output is read after the process has ended */
};

struct child_spec {
	const char *command;    /* for /bin/sh -c */
	const char *user;       /* NULL or "": as we are, and no groups are changed */
	const char *const *env; /* NAME=value, NULL-terminated, laid over PATH, HOME, USER, ... */
	mode_t umask;
	unsigned timeout_s; /* 0: none */
};

struct child_result {
	int status;            /* as waitpid(2) gives it */
	bool timed_out;        /* we ended it */
	const char *output;    /* the tail, NUL-terminated, never NULL; NULs within made '?' */
	uint64_t output_bytes; /* all there was, kept or not */
};

struct child {
	/* Called once for every child_start() that returned 0, unless child_forget() came first. */
	void (*done)(struct child *c, const struct child_result *res);

	/* Private. */
	struct loop *loop;
	pid_t pid; /* also the process group; 0: idle */
	struct loop_child exit;
	struct loop_fd out;
	struct loop_timer timer;
	char *text; /* ring of CHILD_OUTPUT bytes */
	uint64_t bytes;
	int status;
	bool exited, timed_out;
};

/*
 * Starts it.  0, or -errno with nothing started: -ENOENT for an unknown user, -EPERM when we may
 * not become that user, what fork or exec failed with.  Names are looked up before the fork, so
 * that the child does only what may be done between fork and exec.
 */
int child_start(struct child *c, struct loop *l, const struct child_spec *s);

/* Sends TERM to the whole group now, KILL after CHILD_TERM_MS; done() is still called. */
void child_stop(struct child *c);

/* Lets it run on unwatched, as a daemon that ends must; done() will not be called. */
void child_forget(struct child *c);

/*
 * The start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 when there
 * is no such process: with the pid it names one process for good.
 */
uint64_t child_started_at(pid_t pid);

#endif
