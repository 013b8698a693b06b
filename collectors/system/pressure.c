/* SPDX-License-Identifier: Apache-2.0 */
/* pressure.c - /proc/pressure, read at every tick; memory pressure also through a PSI trigger. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

/*
 * PSI trigger: all tasks stalled for memory for 300 ms within 2 s. Unprivileged processes may only
 * use windows that are multiples of 2 s.
 */
static const char trigger[] = "full 300000 2000000";

static struct psi_source {
	const char *path;
	const char *some, *full; /* metric names */
	int fd;
	struct series *some_series, *full_series;
} sources[] = {
	{ "/proc/pressure/cpu", "psi.cpu.some", "psi.cpu.full", -1, NULL, NULL },
	{ "/proc/pressure/io", "psi.io.some", "psi.io.full", -1, NULL, NULL },
	{ "/proc/pressure/memory", "psi.memory.some", "psi.memory.full", -1, NULL, NULL },
};

enum { SOURCES = ARRAY_SIZE(sources) };

static int trigger_fd = -1;

static void pressure_close(void)
{
	for (int i = 0; i < SOURCES; i++) {
		if (sources[i].fd >= 0)
			close(sources[i].fd);
		sources[i].fd = -1;
	}
	if (trigger_fd >= 0)
		close(trigger_fd);
	trigger_fd = -1;
}

static int pressure_open(const struct conf *cf, struct table *t)
{
	int found = 0;

	(void)cf;
	for (int i = 0; i < SOURCES; i++) {
		sources[i].some_series = table_series(t, sources[i].some, "");
		sources[i].full_series = table_series(t, sources[i].full, "");
		if (!sources[i].some_series || !sources[i].full_series)
			return -ENOSPC;
		sources[i].fd = procfile_open(sources[i].path, O_RDONLY);
		found += sources[i].fd >= 0;
	}
	if (!found)
		return sources[0].fd;
	/*
	 * A trigger is a write, so only the running kernel gets one. If the kernel refuses it, the
	 * tick's reading suffices.
	 */
	if (*path_kernel_root() == '\0')
		trigger_fd = open("/proc/pressure/memory", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (trigger_fd >= 0 && write(trigger_fd, trigger, sizeof(trigger)) < 0) {
		close(trigger_fd);
		trigger_fd = -1;
	}
	return 0;
}

/*
 * Parses "full avg10=0.22 avg60=0.10 avg300=0.03 total=8520\n", which follows the line "some".
 */
static double parse_avg10(const char *text, const char *line)
{
	const char *s = strstr(text, line);

	return s ? procfile_number(s, "avg10=") / 100 : NAN;
}

static int pressure_read(struct table *t)
{
	int r = 0;

	for (struct psi_source *s = sources; s < sources + SOURCES; s++) {
		char text[256] = "";
		int n = s->fd < 0 ? 0 : procfile_read(s->fd, text, sizeof(text));

		if (n < 0)
			r = n;
		series_set(s->some_series, t, n <= 0 ? NAN : parse_avg10(text, "some"));
		series_set(s->full_series, t, n <= 0 ? NAN : parse_avg10(text, "full"));
	}
	return r;
}

static int pressure_fd(void)
{
	return trigger_fd;
}

const struct collector pressure_collector = {
	.name = "pressure",
	.open = pressure_open,
	.read = pressure_read,
	.close = pressure_close,
	.fd = pressure_fd,
};
