/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - /proc/meminfo: memory that cannot be had any more, and swap. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "collectors/procfile.h"

static int fd = -1;
static struct series *used, *swap_used;

static void memory_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static int memory_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	used = table_series(t, "mem.used_ratio", "");
	swap_used = table_series(t, "swap.used_ratio", "");
	if (!used || !swap_used)
		return -ENOSPC;
	fd = procfile_open("/proc/meminfo", O_RDONLY);
	return fd < 0 ? fd : 0;
}

/* What is gone of a whole; unknown without a whole, or when there is more of it than that. */
static double gone(double whole, double left)
{
	return whole > 0 && left <= whole ? (whole - left) / whole : NAN;
}

/*
 *	MemTotal:       24643748 kB
 *	MemFree:        20871200 kB
 *	MemAvailable:   23470864 kB
 *	...
 *	SwapTotal:             0 kB
 *	SwapFree:              0 kB
 *
 * 1,500 bytes on Linux 6.18; the totals change when memory is plugged, so they are read each time.
 */
static int memory_read(struct table *t)
{
	char text[4096] = "";
	int n = procfile_read(fd, text, sizeof(text));

	if (n < 0)
		text[0] = '\0';
	series_set(used, t,
	        gone(procfile_number(text, "MemTotal:"), procfile_number(text, "MemAvailable:")));
	series_set(swap_used, t,
	        gone(procfile_number(text, "SwapTotal:"), procfile_number(text, "SwapFree:")));
	return n < 0 ? n : isnan(used->value) ? -EBADMSG : 0;
}

const struct collector memory_collector = {
	.name = "memory",
	.open = memory_open,
	.read = memory_read,
	.close = memory_close,
};
