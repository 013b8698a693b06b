/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watched.c - whether the processes that the settings name are alive, and their resource usage.
 *
 * Each process is held by descriptors of its directory in /proc: reads fail with ESRCH after it has
 * ended, even if its pid is reused. A tick takes four reads for each process and searches only for
 * missing ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"
#include "collectors/process/task.h"
#include "collectors/process/watch_find.h"

enum {
	WATCHED_MAX = 16,
	SEARCH_EVERY =
	        3, /* ticks between two searches for a missing comm, which take 9 us a process */
	/*
	 * A service may start later than the daemon: until then a process that never appeared is
	 * unknown, not dead.
	 */
	START_GRACE_MS = 120000,
};

enum { ALIVE, RESTARTS, RSS, THREADS, CPU, FILES_USED, OOM_SCORE, AGE, SERIES };

static const char *const names[SERIES] = { "process.watched.alive", "process.watched.restarts",
	"process.watched.rss_kib", "process.watched.threads", "process.watched.cpu_ratio",
	"process.watched.files.used_ratio", "process.watched.oom_score", "process.watched.age_s" };

static struct watched {
	char spec[WATCH_SPEC];
	int pid; /* 0: missing */
	int dir, stat, oom;
	bool was_found;
	double files_max, restarts;
	struct rate cpu;
	struct series *series[SERIES];
} watched[WATCHED_MAX];

static unsigned count, turn;
static uint64_t begun_ms; /* first reading; 0: none yet */
static double hertz, page_kib;

static void release_pid(struct watched *w)
{
	if (w->dir >= 0)
		close(w->dir);
	if (w->stat >= 0)
		close(w->stat);
	if (w->oom >= 0)
		close(w->oom);
	w->dir = w->stat = w->oom = -1;
	w->pid = 0;
	w->cpu = (struct rate){ 0 };
}

static void watched_close(void)
{
	while (count > 0)
		release_pid(&watched[--count]);
}

static int add_watched(struct table *t, const char *spec, size_t n)
{
	struct watched *w = &watched[count];

	if (count == WATCHED_MAX)
		return -E2BIG;
	if (n >= sizeof(w->spec))
		return -ENAMETOOLONG;
	*w = (struct watched){ .dir = -1, .stat = -1, .oom = -1 };
	memcpy(w->spec, spec, n);
	if (!watch_is_valid(w->spec))
		return -EINVAL;
	if (table_series_all(t, w->spec, names, w->series, SERIES) < 0)
		return -ENOSPC;
	count++;
	return 0;
}

static int watched_open(const struct conf *cf, struct table *t)
{
	int r = 0;

	turn = 0;
	begun_ms = 0;
	hertz = (double)sysconf(_SC_CLK_TCK);
	page_kib = (double)sysconf(_SC_PAGESIZE) / 1024;
	for (const char *s = cf->processes; *s && r == 0;) {
		size_t n = strcspn(s, " ,");

		r = n ? add_watched(t, s, n) : 0;
		s += n + (s[n] != '\0');
	}
	return r < 0 ? r : count ? 0 : -ENODATA;
}

/* Parses "Max open files     1024   524288        files". */
static double read_files_limit(int dir)
{
	int fd = openat(dir, "limits", O_RDONLY | O_CLOEXEC), n = -1;
	char text[2048];
	const char *s;

	if (fd >= 0)
		n = procfile_read(fd, text, sizeof(text));
	if (fd >= 0)
		close(fd);
	s = n > 0 ? strstr(text, "Max open files") : NULL;
	return s ? procfile_digits(s + strlen("Max open files"), NULL) : NAN;
}

/* Opens the process's files; false: it has already ended. */
static bool hold_pid(struct watched *w, int pid)
{
	char path[TASK_PATH];

	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	w->dir = procfile_open(path, O_RDONLY | O_DIRECTORY);
	if (w->dir < 0)
		return false;
	w->stat = openat(w->dir, "stat", O_RDONLY | O_CLOEXEC);
	w->oom = openat(w->dir, "oom_score", O_RDONLY | O_CLOEXEC);
	w->files_max = read_files_limit(w->dir);
	w->pid = pid;
	w->restarts += w->was_found;
	w->was_found = true;
	return w->stat >= 0;
}

static bool count_watched_file(const char *name, void *arg)
{
	(void)name;
	++*(unsigned *)arg;
	return true;
}

/*
 * Returns the number of open files: the size of the directory since Linux 6.2, else the number of
 * its entries.
 */
static double count_watched_files(const struct watched *w)
{
	char path[TASK_PATH];
	struct stat st;
	unsigned n = 0;

	if (fstatat(w->dir, "fd", &st, 0) < 0)
		return NAN;
	if (st.st_size > 0)
		return (double)st.st_size;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", w->pid);
	return procfile_list(path, count_watched_file, &n) == 0 ? (double)n : NAN;
}

static bool read_watched_task(const struct watched *w, struct task *ret)
{
	char text[1024];

	return procfile_read(w->stat, text, sizeof(text)) > 0 && task_parse(text, ret) &&
	       ret->state != 'Z' && ret->state != 'X';
}

static void set_missing(const struct watched *w, const struct table *t)
{
	bool early = !w->was_found && t->now_ms - begun_ms < START_GRACE_MS;

	for (int i = 0; i < SERIES; i++)
		series_set(w->series[i], t, NAN);
	series_set(w->series[ALIVE], t, early ? NAN : 0);
	series_set(w->series[RESTARTS], t, w->restarts);
}

static double read_uptime_s(const struct table *t)
{
	return (double)t->now_ms / 1000; /* table time and start times are both CLOCK_BOOTTIME */
}

static void read_watched(struct watched *w, const struct table *t)
{
	char text[32];
	struct task k = { 0 };
	double files;

	if (w->pid && !read_watched_task(w, &k))
		release_pid(w);
	if (!w->pid && (strncmp(w->spec, "comm:", 5) != 0 || turn % SEARCH_EVERY == 0)) {
		int pid = watch_find(w->spec);

		if (pid && (!hold_pid(w, pid) || !read_watched_task(w, &k)))
			release_pid(w);
	}
	if (!w->pid) {
		set_missing(w, t);
		return;
	}
	files = count_watched_files(w);
	series_set(w->series[ALIVE], t, 1);
	series_set(w->series[RESTARTS], t, w->restarts);
	series_set(w->series[RSS], t, k.rss_pages * page_kib);
	series_set(w->series[THREADS], t, k.threads);
	series_set(w->series[CPU], t, rate_of(&w->cpu, t, k.cpu_ticks) / hertz);
	series_set(w->series[FILES_USED], t, w->files_max > 0 ? files / w->files_max : NAN);
	series_set(w->series[OOM_SCORE], t,
	        w->oom >= 0 && procfile_read(w->oom, text, sizeof(text)) > 0
	                ? procfile_digits(text, NULL)
	                : NAN);
	series_set(w->series[AGE], t, fmax(read_uptime_s(t) - k.start_ticks / hertz, 0));
}

static int watched_read(struct table *t)
{
	if (begun_ms == 0)
		begun_ms = t->now_ms;
	for (struct watched *w = watched; w < watched + count; w++)
		read_watched(w, t);
	turn++;
	return 0;
}

const struct collector watched_collector = {
	.name = "watched",
	.open = watched_open,
	.read = watched_read,
	.close = watched_close,
};
