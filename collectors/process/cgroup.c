/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - services of the guest with a limit (cgroup v2) on memory or CPU, or close to their
 * limit of tasks; systemd sets a limit of tasks for every service.
 *
 * The list of these services is refreshed once a minute; a tick reads only those. A service without
 * a limit is bounded by the guest, which other collectors watch.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"

enum {
	GROUPS_MAX = 16,
	LOOK_MS = 60000,
	PATH_SIZE = 256,
};

enum { MEM, MEM_MAX, PIDS, PIDS_MAX, EVENTS, CPU, IO, FILES };

static const char *const files[FILES] = { "memory.current", "memory.max", "pids.current",
	"pids.max", "memory.events", "cpu.stat", "io.stat" };

enum { MEM_USED, PIDS_USED, KILLS, CPU_USED, THROTTLED, IO_KIB, SERIES };

static const char *const names[SERIES] = { "cgroup.memory.used_ratio", "cgroup.pids.used_ratio",
	"cgroup.oom_kills", "cgroup.cpu_ratio", "cgroup.throttled_ratio", "cgroup.io_kib" };

static struct group {
	char name[SERIES_INSTANCE]; /* "" = free */
	bool seen;
	int fd[FILES];
	double killed, killed_before;
	struct rate cpu, throttled, io;
	struct series *series[SERIES];
} groups[GROUPS_MAX];

static char root[32];
static uint64_t next_ms;

static void release_group(struct group *g, bool gone)
{
	for (int i = 0; i < FILES; i++)
		if (g->fd[i] >= 0)
			close(g->fd[i]);
	for (int i = 0; gone && i < SERIES; i++)
		series_drop(g->series[i]);
	g->name[0] = '\0';
}

static void cgroup_close(void)
{
	for (struct group *g = groups; g < groups + GROUPS_MAX; g++)
		if (*g->name)
			release_group(g, false);
}

static int cgroup_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	(void)t;
	next_ms = 0;
	if (procfile_exists("/sys/fs/cgroup/cgroup.controllers"))
		(void)snprintf(root, sizeof(root), "/sys/fs/cgroup");
	else if (procfile_exists("/sys/fs/cgroup/unified/cgroup.controllers"))
		(void)snprintf(root, sizeof(root), "/sys/fs/cgroup/unified");
	else
		return -ENOENT;
	return 0;
}

/* Returns the first number of a file; NAN if the file is missing or contains "max". */
static double read_group_value(const char *slice, const char *name, const char *file)
{
	char path[PATH_SIZE];

	return snprintf(path, sizeof(path), "%s/%s/%s/%s", root, slice, name, file) <
	                       (int)sizeof(path)
	               ? procfile_value(path)
	               : NAN;
}

/*
 * A service is watched from half of its task limit on, until it falls below a quarter, so that its
 * series do not restart at each crossing.
 */
static bool is_near_pids_limit(const char *slice, const char *name, bool watched)
{
	return read_group_value(slice, name, files[PIDS]) >=
	       read_group_value(slice, name, files[PIDS_MAX]) / (watched ? 4 : 2);
}

static void open_cgroup(struct table *t, struct group *g, const char *slice, const char *name)
{
	memset(g, 0, sizeof(*g));
	if (strlen(name) >= sizeof(g->name) ||
	        table_series_all(t, name, names, g->series, SERIES) < 0)
		return;
	for (int i = 0; i < FILES; i++) {
		char path[PATH_SIZE];

		g->fd[i] = snprintf(path, sizeof(path), "%s/%s/%s/%s", root, slice, name,
		                   files[i]) < (int)sizeof(path)
		                   ? procfile_open(path, O_RDONLY)
		                   : -1;
	}
	g->killed_before = NAN;
	g->seen = true;
	memcpy(g->name, name, strlen(name) + 1);
}

struct search {
	struct table *t;
	const char *slice;
};

static bool visit_group(const char *name, void *arg)
{
	const struct search *s = arg;
	struct group *slot = NULL, *watched = NULL;
	const char *dot = strrchr(name, '.');

	if (!dot || (strcmp(dot, ".service") != 0 && strcmp(dot, ".scope") != 0 &&
	                    strcmp(dot, ".slice") != 0))
		return true;
	for (struct group *g = groups; g < groups + GROUPS_MAX; g++) {
		if (strcmp(g->name, name) == 0)
			watched = g;
		if (!*g->name && !slot)
			slot = g;
	}
	if (isnan(read_group_value(s->slice, name, "memory.max")) &&
	        isnan(read_group_value(s->slice, name, "cpu.max")) &&
	        !is_near_pids_limit(s->slice, name, watched != NULL))
		return true;
	if (watched)
		watched->seen = true;
	else if (slot)
		open_cgroup(s->t, slot, s->slice, name);
	/*
	 * without a free slot, the services that are already watched still have to be marked as
	 * seen
	 */
	return true;
}

static void rescan_groups(struct table *t)
{
	static const char *const slices[] = { ".", "system.slice", "machine.slice" };

	for (struct group *g = groups; g < groups + GROUPS_MAX; g++)
		g->seen = false;
	for (size_t i = 0; i < ARRAY_SIZE(slices); i++) {
		struct search s = { .t = t, .slice = slices[i] };
		char path[PATH_SIZE];

		(void)snprintf(path, sizeof(path), "%s/%s", root, slices[i]);
		(void)procfile_list(path, visit_group, &s);
	}
	for (struct group *g = groups; g < groups + GROUPS_MAX; g++)
		if (*g->name && !g->seen)
			release_group(g, true);
}

static bool read_cgroup_text(int fd, char *ret, size_t size)
{
	return fd >= 0 && procfile_read(fd, ret, size) > 0;
}

static double read_cgroup_number(int fd)
{
	char text[64];

	return read_cgroup_text(fd, text, sizeof(text)) ? procfile_digits(text, NULL)
	                                                : NAN; /* "max": NAN */
}

static double group_share(double of, double whole)
{
	return whole > 0 ? of / whole : NAN;
}

/*
 * Parses "254:0 rbytes=4096 wbytes=0 rios=1 ...", a line for each disk, and returns the sum of all.
 */
static double sum_io_bytes(const char *text)
{
	static const char *const keys[] = { "rbytes=", "wbytes=" };
	double sum = 0;

	for (int i = 0; i < 2; i++)
		for (const char *s = text; (s = strstr(s, keys[i])) != NULL;) {
			s += strlen(keys[i]);
			sum += procfile_digits(s, NULL);
		}
	return sum;
}

static void read_group(struct group *g, const struct table *t)
{
	char text[4096] = "";
	double kills = NAN;

	series_set(g->series[MEM_USED], t,
	        group_share(read_cgroup_number(g->fd[MEM]), read_cgroup_number(g->fd[MEM_MAX])));
	series_set(g->series[PIDS_USED], t,
	        group_share(read_cgroup_number(g->fd[PIDS]), read_cgroup_number(g->fd[PIDS_MAX])));
	if (read_cgroup_text(g->fd[EVENTS], text, sizeof(text)))
		kills = procfile_number(text, "oom_kill ");
	g->killed += rate_more(&g->killed_before, kills);
	series_set(g->series[KILLS], t, isnan(kills) ? NAN : g->killed);
	if (!read_cgroup_text(g->fd[CPU], text, sizeof(text)))
		text[0] = '\0';
	series_set(g->series[CPU_USED], t,
	        rate_of(&g->cpu, t, procfile_number(text, "usage_usec ")) / 1e6);
	series_set(g->series[THROTTLED], t,
	        rate_of(&g->throttled, t, procfile_number(text, "throttled_usec ")) / 1e6);
	if (g->fd[IO] >= 0 &&
	        procfile_read(g->fd[IO], text, sizeof(text)) >= 0) /* empty: no I/O yet */
		series_set(g->series[IO_KIB], t, rate_of(&g->io, t, sum_io_bytes(text)) / 1024);
	else
		series_set(g->series[IO_KIB], t, NAN);
}

static int cgroup_read(struct table *t)
{
	if (t->now_ms >= next_ms) {
		rescan_groups(t);
		next_ms = t->now_ms + LOOK_MS;
	}
	for (struct group *g = groups; g < groups + GROUPS_MAX; g++)
		if (*g->name)
			read_group(g, t);
	return 0;
}

const struct collector cgroup_collector = {
	.name = "cgroup",
	.open = cgroup_open,
	.read = cgroup_read,
	.close = cgroup_close,
};
