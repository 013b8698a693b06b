/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - /proc/meminfo: used and available memory, its users, and swap. paging.c covers
 * reclaim.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

enum {
	USED,
	SWAP,
	AVAILABLE,
	CACHED,
	RECLAIMABLE,
	UNRECLAIMABLE,
	TABLES,
	COMMITTED,
	COMMIT,
	HUGEPAGES,
	SERIES
};

static const char *const names[SERIES] = { "mem.used_ratio", "swap.used_ratio", "mem.available_kib",
	"mem.cached_kib", "mem.slab_reclaimable_kib", "mem.slab_unreclaimable_kib",
	"mem.page_tables_kib", "mem.committed_ratio", "mem.commit.used_ratio",
	"mem.hugepages.used_ratio" };

static int fd = -1, strict_fd = -1;
static struct series *series[SERIES];

static void memory_close(void)
{
	if (fd >= 0)
		close(fd);
	if (strict_fd >= 0)
		close(strict_fd);
	fd = strict_fd = -1;
}

static int memory_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	strict_fd = procfile_open("/proc/sys/vm/overcommit_memory", O_RDONLY);
	fd = procfile_open("/proc/meminfo", O_RDONLY);
	return fd < 0 ? fd : 0;
}

/* Returns the used share; NAN if the total is unknown or smaller than `left`. */
static double used_share(double whole, double left)
{
	return whole > 0 && left <= whole ? (whole - left) / whole : NAN;
}

/*
 * Returns true if the kernel refuses allocations beyond CommitLimit; otherwise the limit has no
 * effect.
 */
static bool is_overcommit_strict(void)
{
	char text[16];

	return strict_fd >= 0 && procfile_read(strict_fd, text, sizeof(text)) > 0 && *text == '2';
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
	double committed, limit;

	if (n < 0)
		text[0] = '\0';
	series_limit(series[USED], procfile_number(text, "MemTotal:"));
	series_limit(series[SWAP], procfile_number(text, "SwapTotal:"));
	series_set(series[USED], t,
	        used_share(procfile_number(text, "MemTotal:"),
	                procfile_number(text, "MemAvailable:")));
	series_set(series[SWAP], t,
	        used_share(
	                procfile_number(text, "SwapTotal:"), procfile_number(text, "SwapFree:")));
	series_set(series[AVAILABLE], t, procfile_number(text, "MemAvailable:"));
	series_set(series[CACHED], t, procfile_number(text, "Cached:"));
	series_set(series[RECLAIMABLE], t, procfile_number(text, "SReclaimable:"));
	series_set(series[UNRECLAIMABLE], t, procfile_number(text, "SUnreclaim:"));
	series_set(series[TABLES], t, procfile_number(text, "PageTables:"));
	committed = procfile_number(text, "Committed_AS:");
	limit = procfile_number(text, "CommitLimit:");
	series_set(series[COMMITTED], t, limit > 0 ? committed / limit : NAN);
	series_set(series[COMMIT], t, is_overcommit_strict() ? series[COMMITTED]->value : NAN);
	series_set(series[HUGEPAGES], t,
	        used_share(procfile_number(text, "HugePages_Total:"),
	                procfile_number(text, "HugePages_Free:")));
	return n < 0 ? n : isnan(series[USED]->value) ? -EBADMSG : 0;
}

const struct collector memory_collector = {
	.name = "memory",
	.open = memory_open,
	.read = memory_read,
	.close = memory_close,
};
