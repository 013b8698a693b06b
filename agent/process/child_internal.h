/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_internal.h - the steps from fork to exec.
 *
 * The parent makes a plan: it looks up names and allocates.  The forked child then executes the plan with system calls
 * only.  In between it waits at a gate, a socket: if the parent fails before it opens the gate, nothing runs.
 */
#ifndef AGENT_PROCESS_CHILD_INTERNAL_H
#define AGENT_PROCESS_CHILD_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/process/child.h"

struct child_plan {
	const char *command;
	bool drop; /* become uid, gid and groups */
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
	char *home;
	char **env; /* NULL-terminated */
	mode_t umask;
};

/* Returns 0, or -errno with nothing to free; -ENOENT if there is no such user.  s must outlive the plan. */
int child_plan_make(struct child_plan *ret, const struct child_spec *s);
void child_plan_free(struct child_plan *p);

/*
 * Forks.  The child waits at the gate, and its output goes to a pipe.  *ret_out is the read end (not blocking), *ret_gate
 * the parent's end of the gate; the caller closes both.  Returns the pid or -errno.
 */
pid_t child_fork(const struct child_plan *p, int *ret_out, int *ret_gate);

/*
 * Opens the gate: the child executes the plan.  Returns 0, or the -errno that the child reports before it ends.  If the
 * gate is closed instead, the child ends without effect.
 */
int child_release(int gate);

/*
 * Starts a process that reads a pipe to its end and discards the data.  If it cannot be started, the writers receive
 * SIGPIPE.  `in` still belongs to the caller.
 */
void child_drain(int in);

#endif
