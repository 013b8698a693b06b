/* SPDX-License-Identifier: Apache-2.0 */
/* task.h - one process as /proc/PID/stat describes it, and iteration over all of them in slices. */
#ifndef COLLECTORS_PROCESS_TASK_H
#define COLLECTORS_PROCESS_TASK_H

#include <stdbool.h>
#include <stdint.h>

enum { TASK_COMM = 16, TASK_PATH = 48 };

struct task {
	int pid, parent;
	char comm[TASK_COMM]; /* printable */
	char state;           /* R, S, D, Z, T, I, ... */
	double threads, cpu_ticks, start_ticks, rss_pages;
};

/* False: not a line of /proc/PID/stat. */
bool task_parse(const char *text, struct task *ret);

bool task_read(int pid, struct task *ret); /* false: the process has ended */

/* An iteration over all processes that can be interrupted. Zeroed: not open. */
struct task_walk {
	int fd;     /* of /proc */
	int64_t at; /* offset of the next entry */
	bool open;
};

int task_walk_open(struct task_walk *w);
void task_walk_close(struct task_walk *w);

/*
 * Calls `each` for up to `max` processes from where the last call stopped. Returns 1 at the end of
 * a round (the next call starts another), 0 if there are more, or -errno.
 */
int task_walk_some(struct task_walk *w, unsigned max, void (*each)(int pid, void *arg), void *arg);

#endif
