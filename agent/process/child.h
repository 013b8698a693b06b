/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child.h - starts other programs; the only module of the daemon that does.
 *
 * A child runs `/bin/sh -c command` in a session and process group of its own, as the given user
 * with that user's groups. Its stdin is /dev/null, stdout and stderr are captured (bounded), other
 * fds are closed, signal dispositions and mask are the defaults, oom_score_adj and nice are 0. Its
 * folder is the user's home, else /. It inherits LANG, LC_ALL and TZ; PATH, HOME, USER, LOGNAME and
 * SHELL are set for it.
 *
 * It ends when the process ends, not when its output is closed. A daemon that a hook started may
 * continue to write: a cat(1) then reads that output. Signals are sent to the process group, not to
 * a program that made itself a session. Needs pidfd_open(2), Linux 5.3: without it child_start()
 * returns -ENOSYS and starts nothing.
 */
#ifndef AGENT_PROCESS_CHILD_H
#define AGENT_PROCESS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/loop.h"

enum {
	CHILD_OUTPUT = 16 << 10, /* the last so many bytes of output are kept */
	CHILD_TERM_MS = 10000,   /* from TERM to KILL */
	CHILD_DRAIN_MS = 2000,   /* how long output is read after the process has ended */
	CHILD_EXEC_MS = 1000,    /* how long child_start() waits for the exec */
};

struct child_spec {
	const char *command;    /* for /bin/sh -c */
	const char *user;       /* NULL or "": the user and the groups of the daemon */
	const char *const *env; /* NAME=value, NULL-terminated, laid over PATH, HOME, USER, ... */
	mode_t umask;
	unsigned timeout_s; /* 0: none */
};

struct child_result {
	int status;     /* as from waitpid(2); -1: reaped elsewhere */
	bool timed_out; /* killed after its timeout or by child_stop() */
	/*
	 * The tail of the output, NUL-terminated, never NULL; NULs within become '?'. If it was
	 * cut, it begins at the start of a line, because redact() cannot find a secret without its
	 * key. Valid until done() returns.
	 */
	const char *output;
	uint64_t output_bytes; /* of all output, kept or not */
};

struct child {
	/*
	 * Called once from the loop for every child_start() that returned 0, unless child_forget()
	 * came first.  May free c or start it again.
	 */
	void (*done)(struct child *c, const struct child_result *res);

	/* Private. */
	struct loop *loop;
	pid_t pid;                /* also the process group; 0: idle */
	struct loop_fd exit, out; /* a pidfd, and the read end of the pipe */
	struct loop_timer timer;  /* of the current wait */
	char *text;               /* ring of CHILD_OUTPUT bytes, and a NUL */
	uint64_t bytes;
	bool exited, timed_out, killed;
};

/*
 * Starts the program; `c` is zeroed except for done(). Returns 0, or -errno with nothing started:
 * -ENOENT for an unknown user, -EPERM without the right to become that user, -EINVAL for an env
 * entry without a name, -EBUSY if it already runs, else the error of fork or exec.
 * Names are looked up before the fork, because only async-signal-safe calls are allowed between
 * fork and exec. With users in a directory service the lookup may block.
 * It waits at most CHILD_EXEC_MS for the exec, because the user's home may be on a dead NFS server:
 * a later failure ends the child with status 126.
 */
int child_start(struct child *c, struct loop *l, const struct child_spec *s);

/*
 * Sends TERM to the process group, and KILL after CHILD_TERM_MS; done() is still called, from the loop.  If the process
 * has ended, only reading its output stops.  Does nothing if idle.
 */
void child_stop(struct child *c);

/*
 * Stops watching the process without ending it, when the daemon ends; done() is not called.  Its output is discarded
 * but does not block or kill it: a hook may be the upgrade that restarts the daemon.
 */
void child_forget(struct child *c);

/*
 * Saves the current resource limits for children.  It is called before the daemon sets its limits.  Without it children
 * inherit those of the daemon.
 */
void child_limits_keep(void);

#endif
