/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/process/watch_find.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/procfile.h"
#include "collectors/process/task.h"

enum { PIDS_MAX = 65536 }; /* bytes read of a cgroup's list: about 9,000 processes */

static const char *watch_value_of(const char *spec, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(spec, kind, n) == 0 && spec[n] ? spec + n : NULL;
}

bool watch_is_valid(const char *spec)
{
	return watch_value_of(spec, "unit:") || watch_value_of(spec, "pidfile:/") ||
	       watch_value_of(spec, "comm:") || watch_value_of(spec, "cgroup:/");
}

/* Keeps the better candidate: a child of init, then the older process. */
static void prefer_pid(struct task *best, const struct task *k)
{
	bool main_is = best->parent == 1, main_k = k->parent == 1;

	if (!best->pid || (main_k && !main_is) ||
	        (main_k == main_is && k->start_ticks < best->start_ticks))
		*best = *k;
}

static int find_best_pid(int fd)
{
	const char *s = procfile_scratch(fd);
	struct task best = { 0 }, k;

	while (s && *s) {
		double pid = procfile_digits(s, &s);

		if (isnan(pid))
			break;
		if (task_read((int)pid, &k) && k.state != 'Z')
			prefer_pid(&best, &k);
		s += *s == '\n';
	}
	return best.pid;
}

/* Searches cgroup v2 at its usual path and beside v1 (unified), and systemd's own v1 hierarchy. */
static int find_in_cgroup(const char *group)
{
	static const char *const roots[] = { "", "/unified", "/systemd" };
	int pid = 0;

	for (int i = 0; i < 3 && pid == 0; i++) {
		char path[PATH_MAX];
		int fd;

		if (snprintf(path, sizeof(path), "/sys/fs/cgroup%s%s/cgroup.procs", roots[i],
		            group) >= (int)sizeof(path))
			continue;
		fd = procfile_open(path, O_RDONLY);
		if (fd < 0)
			continue;
		pid = find_best_pid(fd);
		close(fd);
	}
	return pid;
}

/* Searches system.slice and the slice of the template: "a@b.service" is in "system-a.slice". */
static int find_by_unit(const char *name)
{
	char group[2 * WATCH_SPEC + 64];
	const char *at = strchr(name, '@');
	int pid;

	(void)snprintf(group, sizeof(group), "/system.slice/%s", name);
	pid = find_in_cgroup(group);
	if (pid || !at)
		return pid;
	(void)snprintf(group, sizeof(group), "/system.slice/system-%.*s.slice/%s", (int)(at - name),
	        name, name);
	return find_in_cgroup(group);
}

static int read_pidfile(const char *path)
{
	char text[32] = "", full[PATH_MAX];
	struct task k;
	double pid;
	int fd;

	if (path_full(full, path) < 0)
		return 0;
	/* O_NONBLOCK: the path may be a FIFO or a device */
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	pid = procfile_digits(text, NULL);
	return pid > 0 && pid <= 4194304 && task_read((int)pid, &k) && k.state != 'Z' ? k.pid : 0;
}

struct by_name {
	const char *comm;
	struct task best;
};

static void compare_watched_process(int pid, void *arg)
{
	struct by_name *b = arg;
	struct task k;

	if (task_read(pid, &k) && k.state != 'Z' && strncmp(k.comm, b->comm, TASK_COMM - 1) == 0)
		prefer_pid(&b->best, &k);
}

static int find_by_comm(const char *name)
{
	struct by_name b = { .comm = name };
	struct task_walk w;

	if (task_walk_open(&w) < 0)
		return 0;
	(void)task_walk_some(&w, PIDS_MAX, compare_watched_process, &b);
	task_walk_close(&w);
	return b.best.pid;
}

int watch_find(const char *spec)
{
	const char *v;

	if ((v = watch_value_of(spec, "unit:")) != NULL)
		return find_by_unit(v);
	if ((v = watch_value_of(spec, "cgroup:")) != NULL)
		return find_in_cgroup(v);
	if ((v = watch_value_of(spec, "pidfile:")) != NULL)
		return read_pidfile(v);
	return (v = watch_value_of(spec, "comm:")) != NULL ? find_by_comm(v) : 0;
}
