/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - /proc/loadavg: the load, and the number of threads as a share of its limit. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

enum { LOADAVG, PID_MAX, THREADS_MAX, FILES };

static const char *const paths[FILES] = { [LOADAVG] = "/proc/loadavg",
	[PID_MAX] = "/proc/sys/kernel/pid_max",
	[THREADS_MAX] = "/proc/sys/kernel/threads-max" };

static int fds[FILES] = { -1, -1, -1 };
static struct series *load, *threads, *used;

static void load_close(void)
{
	for (int i = 0; i < FILES; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static int load_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	load = table_series(t, "load.1m", "");
	threads = table_series(t, "proc.threads", "");
	used = table_series(t, "proc.used_ratio", "");
	if (!load || !threads || !used)
		return -ENOSPC;
	for (int i = 0; i < FILES; i++)
		fds[i] = procfile_open(paths[i], O_RDONLY);
	return fds[LOADAVG] < 0 ? fds[LOADAVG] : 0;
}

/* Reads a limit, which may change at any time; NAN without one. */
static double read_task_limit(int fd)
{
	char text[32];

	return fd >= 0 && procfile_read(fd, text, sizeof(text)) > 0 ? procfile_digits(text, NULL)
	                                                            : NAN;
}

/* "0.00 0.01 0.05 2/134 5678": load over 1, 5, 15 min, threads running/all, the last pid */
static int load_read(struct table *t)
{
	char text[128] = "";
	int n = procfile_read(fds[LOADAVG], text, sizeof(text));
	const char *all = n < 0 ? NULL : strchr(text, '/');
	/* fmin() ignores an unknown operand. */
	double max_threads = fmin(read_task_limit(fds[PID_MAX]), read_task_limit(fds[THREADS_MAX]));

	series_set(load, t, n < 0 ? NAN : procfile_digits(text, NULL));
	series_set(threads, t, all ? procfile_digits(all + 1, NULL) : NAN);
	series_set(used, t, max_threads > 0 ? threads->value / max_threads : NAN);
	return n < 0 ? n : isnan(threads->value) ? -EBADMSG : 0;
}

const struct collector load_collector = {
	.name = "load",
	.open = load_open,
	.read = load_read,
	.close = load_close,
};
