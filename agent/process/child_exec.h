/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child_exec.h - from fork to exec; only child.c includes this.
 *
 * First the plan: all that looks up names or allocates, done by the parent.  Then the deed, in
 * the forked child, which makes nothing but bare system calls.  Between them is a gate: what can
 * fail for want of fds fails before the child has passed it, and then nothing ran.
 */
#ifndef AGENT_PROCESS_CHILD_EXEC_H
#define AGENT_PROCESS_CHILD_EXEC_H

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

/* 0, or -errno and nothing to free; s must outlive the plan.  -ENOENT: no such user. */
int child_plan_make(struct child_plan *ret, const struct child_spec *s);
void child_plan_free(struct child_plan *p);

/*
 * Forks.  The child waits at a gate, its output goes to a pipe: *ret_out is our end of it (not
 * blocking), *ret_gate ours of the gate, both the caller's to close.  The pid, or -errno.
 */
pid_t child_fork(const struct child_plan *p, int *ret_out, int *ret_gate);

/*
 * Lets it pass the gate, become what the plan says and execute it: 0, or -errno as the child
 * said, which then ends.  When the gate is closed instead, it ends having done nothing.
 */
int child_release(int gate);

/*
 * Leaves the read end of a pipe to a process of its own, which throws away what it reads there to
 * its end.  When it cannot be started, the worst is a broken pipe for who writes on.  `in` stays
 * the caller's.
 */
void child_drain(int in);

#endif
