/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netmount.c - fill level and availability of network and user-space mounts. statvfs() hangs when
 * the server is gone, so a child process calls it for each mount once a minute. A mount without an
 * answer within 15 s is stale until it answers again.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/probe.h"
#include "collectors/storage/mounts.h"

enum {
	NETMOUNTS_MAX = 8,
	PROBE_INTERVAL_MS = 60000,
	TIMEOUT_MS = 15000,
};

struct space {
	double used, inodes; /* NAN: not supported */
};

static struct netmount {
	char path[MOUNT_PATH]; /* "" = free */
	bool seen;
	struct probe probe;
	uint64_t next_ms;
	struct series *stale, *space, *inodes;
} mounts[NETMOUNTS_MAX];

static int mountinfo = -1;
static bool first;

static void release_netmount(struct netmount *m, bool gone)
{
	if (gone) {
		series_drop(m->stale);
		series_drop(m->space);
		series_drop(m->inodes);
	}
	probe_stop(&m->probe);
	m->path[0] = '\0';
}

static void netmount_close(void)
{
	for (struct netmount *m = mounts; m < mounts + NETMOUNTS_MAX; m++)
		if (*m->path)
			release_netmount(m, false);
	if (mountinfo >= 0)
		close(mountinfo);
	mountinfo = -1;
}

static int netmount_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	(void)t;
	first = true;
	/* Not below the kernel root: only the running kernel knows the mounts. */
	mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return mountinfo < 0 ? -errno : 0;
}

static void visit_netmount(struct table *t, const char path[static MOUNT_PATH])
{
	struct netmount *m, *slot = NULL;

	for (m = mounts; m < mounts + NETMOUNTS_MAX; m++) {
		if (strcmp(m->path, path) == 0) {
			m->seen = true;
			return;
		}
		if (!*m->path && !slot)
			slot = m;
	}
	if (!slot)
		return;
	*slot = (struct netmount){ .seen = true,
		.stale = table_series(t, "fs.stale", path),
		.space = table_series(t, "fs.used_ratio", path),
		.inodes = table_series(t, "fs.inodes.used_ratio", path) };
	if (slot->stale && slot->space && slot->inodes)
		memcpy(slot->path, path, strlen(path) + 1);
}

static int rescan_netmounts(struct table *t)
{
	static struct mount found[MOUNTS_MAX];
	int n = mounts_read_network(mountinfo, found);

	if (n < 0)
		return n;
	for (struct netmount *m = mounts; m < mounts + NETMOUNTS_MAX; m++)
		m->seen = false;
	for (int i = 0; i < n; i++)
		visit_netmount(t, found[i].path);
	for (struct netmount *m = mounts; m < mounts + NETMOUNTS_MAX; m++)
		if (*m->path && !m->seen)
			release_netmount(m, true);
	return 0;
}

/* Runs in the child. */
static int query_netmount(const void *arg, void *answer)
{
	struct space s = { .used = NAN, .inodes = NAN };
	struct statvfs v;
	double used;

	if (statvfs(arg, &v) < 0)
		return -errno;
	used = (double)(v.f_blocks - v.f_bfree);
	if (used + (double)v.f_bavail > 0)
		s.used = used / (used + (double)v.f_bavail);
	if (v.f_files > 0)
		s.inodes = (double)(v.f_files - v.f_ffree) / (double)v.f_files;
	memcpy(answer, &s, sizeof(s));
	return 0;
}

static void set_netmount_values(
        const struct table *t, const struct netmount *m, double stale, double used, double inodes)
{
	series_set(m->stale, t, stale);
	series_set(m->space, t, used);
	series_set(m->inodes, t, inodes);
}

static void read_netmount(struct netmount *m, const struct table *t)
{
	char full[PATH_MAX];
	struct space s;

	switch (probe_look(&m->probe, t->now_ms, TIMEOUT_MS, &s, sizeof(s))) {
	case PROBE_DONE:
		set_netmount_values(t, m, 0, s.used, s.inodes);
		break;
	case PROBE_FAILED: /* the server answered with an error, so it is reachable */
	case PROBE_HANGS:
		set_netmount_values(t, m, 1, NAN, NAN);
		break;
	default:
		break;
	}
	if (m->probe.pid || t->now_ms < m->next_ms || path_full(full, m->path) < 0)
		return;
	m->next_ms = t->now_ms + PROBE_INTERVAL_MS;
	(void)probe_start(&m->probe, t->now_ms, query_netmount, full, sizeof(s));
}

static int netmount_read(struct table *t)
{
	struct pollfd p = { .fd = mountinfo, .events = POLLPRI };
	int r = 0;

	if (first || poll(&p, 1, 0) > 0)
		r = rescan_netmounts(t);
	first = false;
	for (struct netmount *m = mounts; m < mounts + NETMOUNTS_MAX; m++)
		if (*m->path)
			read_netmount(m, t);
	return r;
}

const struct collector netmount_collector = {
	.name = "netmount",
	.open = netmount_open,
	.read = netmount_read,
	.close = netmount_close,
};
