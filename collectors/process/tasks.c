/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tasks.c - blocked processes with their blocking times; zombies with their parents.
 *
 * This requires reading all processes. Where the kernel allows it (task_iter.h), a BPF program does
 * so at every tick, including threads. Otherwise /proc is read in slices: with 5,000 processes a
 * tick takes 2 ms (0.02 % of a CPU) and a round 200 s; up to 256 processes are read at each tick.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/process/task.h"
#include "collectors/process/task_iter.h"

enum {
	SLICE = 256,
	SUSPECTS_MAX = 64, /* further tasks are counted, but their blocking time is not measured */
	PARENTS_MAX = 16,
};

/* The kernel's own threshold for a hung task (hung_task_timeout_secs). */
static const double hangs_s = 120;

static struct suspect {
	int pid; /* 0: free */
	char comm[TASK_COMM];
	double start, switches; /* start time (identifies the task); voluntary context switches */
	uint64_t since_ms;
	bool seen;
} suspects[SUSPECTS_MAX];

static struct round {
	const struct table *table;
	unsigned blocked, zombies;
	struct parent {
		int pid;
		unsigned zombies;
	} parents[PARENTS_MAX];
} now;

enum { BLOCKED, BLOCKED_S, HUNG, ZOMBIES, SERIES };

static const char *const names[SERIES] = { "proc.blocked", "proc.blocked_s", "proc.hung",
	"proc.zombies" };

static struct task_walk walk;
static int iter_fd = -1; /* -1: reads /proc */
static struct series *series[SERIES];

static void tasks_close(void)
{
	task_walk_close(&walk);
	if (iter_fd >= 0)
		close(iter_fd);
	iter_fd = -1;
}

static int tasks_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	memset(suspects, 0, sizeof(suspects));
	now = (struct round){ 0 };
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	if (*path_kernel_root() == '\0')
		iter_fd = task_iter_open();
	return iter_fd >= 0 ? 0 : task_walk_open(&walk);
}

/*
 * Returns the voluntary context switches: a task that is blocked at each reading may have run in
 * between.
 */
static double read_switches(int pid)
{
	char path[TASK_PATH], text[4096] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	fd = procfile_open(path, O_RDONLY);
	if (fd < 0)
		return NAN;
	if (procfile_read(fd, text, sizeof(text)) < 0)
		text[0] = '\0';
	close(fd);
	return procfile_number(text, "voluntary_ctxt_switches:");
}

static void note_blocked_task(int pid, const char comm[static TASK_COMM], double start, double n)
{
	struct suspect *s, *slot = NULL;

	now.blocked++;
	for (s = suspects; s < suspects + SUSPECTS_MAX; s++) {
		if (s->pid == pid && s->start == start)
			break;
		if (!s->pid && !slot)
			slot = s;
	}
	if (s == suspects + SUSPECTS_MAX) {
		if (!slot)
			return;
		s = slot;
		*s = (struct suspect){
			.pid = pid, .start = start, .switches = n, .since_ms = now.table->now_ms
		};
		memcpy(s->comm, comm, sizeof(s->comm));
	}
	if (n != s->switches)
		s->since_ms = now.table->now_ms;
	s->switches = n;
	s->seen = true;
}

static void record_zombie(int parent)
{
	if (parent ==
	        getpid()) /* an ended probe of the daemon itself, reaped in this tick or the next */
		return;
	now.zombies++;
	for (struct parent *p = now.parents; p < now.parents + PARENTS_MAX; p++) {
		if (p->pid && p->pid != parent)
			continue;
		p->pid = parent;
		p->zombies++;
		return;
	}
}

static void record_task(const struct task_found *f, void *arg)
{
	char comm[TASK_COMM];

	(void)arg;
	if (task_found_is_zombie(f)) {
		record_zombie((int)f->parent);
		return;
	}
	memcpy(comm, f->comm, sizeof(comm));
	comm[sizeof(comm) - 1] = '\0';
	note_blocked_task((int)f->pid, comm, (double)f->start_ns, (double)f->switches);
}

static void visit_task(int pid, void *arg)
{
	struct task k;

	(void)arg;
	if (!task_read(pid, &k))
		return;
	if (k.state == 'Z')
		record_zombie(k.parent);
	if (k.state == 'D')
		note_blocked_task(pid, k.comm, k.start_ticks, read_switches(pid));
}

static void set_blocked(struct table *t)
{
	const struct suspect *longest = NULL;
	double s = 0;
	char text[NOTE_TEXT];

	for (struct suspect *k = suspects; k < suspects + SUSPECTS_MAX; k++) {
		if (!k->seen)
			k->pid = 0;
		k->seen = false;
		if (k->pid && (!longest || k->since_ms < longest->since_ms))
			longest = k;
	}
	if (longest)
		s = (double)(t->now_ms - longest->since_ms) / 1000;
	series_set(series[BLOCKED], t, now.blocked);
	series_set(series[BLOCKED_S], t, s);
	series_set(series[HUNG], t, s >= hangs_s);
	if (s > 0) {
		(void)snprintf(
		        text, sizeof(text), "%s (%d) for %.0f s", longest->comm, longest->pid, s);
		table_note(t, series[BLOCKED_S], text);
		table_note(t, series[HUNG], text);
	}
}

static void set_zombies(struct table *t)
{
	const struct parent *most = now.parents;
	char text[NOTE_TEXT];
	struct task k;

	series_set(series[ZOMBIES], t, now.zombies);
	for (const struct parent *p = now.parents; p < now.parents + PARENTS_MAX; p++)
		if (p->zombies > most->zombies)
			most = p;
	if (most->zombies == 0)
		return;
	if (!task_read(most->pid, &k))
		k.comm[0] = '\0';
	(void)snprintf(text, sizeof(text), "%u of %s (%d)", most->zombies, k.comm, most->pid);
	table_note(t, series[ZOMBIES], text);
}

static int tasks_read(struct table *t)
{
	int r;

	now.table = t;
	r = iter_fd >= 0 ? task_iter_pass(iter_fd, record_task, NULL)
	                 : task_walk_some(&walk, SLICE, visit_task, NULL);
	if (r == 1 || (iter_fd >= 0 && r == 0)) {
		set_blocked(t);
		set_zombies(t);
		now = (struct round){ 0 };
	}
	for (int i = 0; i < SERIES && r < 0; i++)
		series_set(series[i], t, NAN);
	return r < 0 ? r : 0;
}

const struct collector tasks_collector = {
	.name = "tasks",
	.open = tasks_open,
	.read = tasks_read,
	.close = tasks_close,
};
