/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paging.c - /proc/vmstat and buddyinfo: memory reclaim, OOM kills, and fragmentation of free
 * memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"

enum {
	ORDERS = 16, /* columns of buddyinfo; the kernel has 11 */
	LARGE = 3,   /* blocks of at least 8 pages, as network drivers and kernel stacks allocate */
};

enum { SWAP_IN, SWAP_OUT, FAULTS, DIRECT, COMPACT, RATES };

static const struct {
	const char *name, *key;
	bool pages;
} rates[RATES] = {
	[SWAP_IN] = { "swap.in_kib", "pswpin ", true },
	[SWAP_OUT] = { "swap.out_kib", "pswpout ", true },
	[FAULTS] = { "mem.major_faults", "pgmajfault ", false },
	[DIRECT] = { "mem.direct_reclaim_kib", "pgscan_direct ", true },
	[COMPACT] = { "mem.compact_failed", "compact_fail ", false },
};

static int vmstat = -1, buddy = -1;
static struct series *series[RATES], *kills, *logged_kills, *fragmented, *balloon;
static struct rate last[RATES];
static double killed, killed_before, page_kib;

static void paging_close(void)
{
	if (vmstat >= 0)
		close(vmstat);
	if (buddy >= 0)
		close(buddy);
	vmstat = buddy = -1;
}

static int paging_open(const struct conf *cf, struct table *t)
{
	int r = 0;

	(void)cf;
	page_kib = (double)sysconf(_SC_PAGESIZE) / 1024;
	killed = 0;
	killed_before = NAN;
	memset(last, 0, sizeof(last));
	for (int i = 0; i < RATES; i++) {
		series[i] = table_series(t, rates[i].name, "");
		r = series[i] ? r : -ENOSPC;
	}
	kills = table_series(t, "kernel.oom_kills", "");
	logged_kills = table_series(t, "kernel.cgroup_oom_kills", "");
	fragmented = table_series(t, "mem.fragmented_ratio", "");
	balloon = table_series(t, "mem.balloon_kib", "");
	if (!kills || !logged_kills || !fragmented || !balloon || r < 0)
		return -ENOSPC;
	buddy = procfile_open("/proc/buddyinfo", O_RDONLY);
	vmstat = procfile_open("/proc/vmstat", O_RDONLY);
	return vmstat < 0 ? vmstat : 0;
}

/*
 *	Node 0, zone   Normal      2    286    233      2     35     18 ...
 *
 * Returns the share of free memory in blocks smaller than LARGE. Each column counts blocks twice as
 * large as the column before.
 */
static double fragmented_share(const char *text)
{
	double all = 0, small = 0;

	for (const char *s = text; (s = strstr(s, "zone")) != NULL;) {
		double pages = 1;

		s += 4;
		s += strspn(s, " ");
		s += strcspn(s, " \n"); /* name of the zone */
		for (int order = 0; order < ORDERS; order++) {
			double blocks = procfile_digits(s, &s);

			if (isnan(blocks))
				break;
			all += blocks * pages;
			small += order < LARGE ? blocks * pages : 0;
			pages *= 2;
		}
	}
	return all > 0 ? small / all : NAN;
}

/*
 * Newer kernels have nr_balloon_pages for every kind of balloon; otherwise virtio's counters are
 * subtracted.
 */
static double balloon_kib(const char *text)
{
	double now = procfile_number(text, "nr_balloon_pages "),
	       taken = procfile_number(text, "balloon_inflate "),
	       given = procfile_number(text, "balloon_deflate ");

	return (isnan(now) && taken >= given ? taken - given : now) * page_kib;
}

/*
 * vmstat has one counter for all OOM kills: those by the limit of a cgroup, and those because the
 * machine ran out of memory. The kernel log distinguishes them, so the kmsg collector counts if it
 * can read the log.
 */
static void count_oom_kills(struct table *t, double now)
{
	double more = rate_more(&killed_before, now);

	if (!isnan(logged_kills->value))
		return;
	killed += more;
	series_set(kills, t, isnan(now) ? NAN : killed);
}

/* A line for each counter, such as "oom_kill 0"; 4 KiB on Linux 6.18. */
static int paging_read(struct table *t)
{
	char text[8192] = "";
	int n = procfile_read(vmstat, text, sizeof(text));

	if (n < 0)
		text[0] = '\0';
	for (int i = 0; i < RATES; i++)
		series_set(series[i], t,
		        rate_of(&last[i], t, procfile_number(text, rates[i].key)) *
		                (rates[i].pages ? page_kib : 1));
	series_set(balloon, t, balloon_kib(text));
	count_oom_kills(t, procfile_number(text, "oom_kill "));
	text[0] = '\0';
	if (buddy >= 0 && procfile_read(buddy, text, sizeof(text)) < 0)
		text[0] = '\0';
	series_set(fragmented, t, fragmented_share(text));
	return n < 0 ? n : 0;
}

const struct collector paging_collector = {
	.name = "paging",
	.open = paging_open,
	.read = paging_read,
	.close = paging_close,
};
