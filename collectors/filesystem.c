/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filesystem.c - space and inodes of the filesystems worth watching.
 *
 * Which those are is read from mountinfo whenever the kernel says that it has changed (POLLPRI), and
 * never by asking a filesystem that may hang: network and user-space ones are left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/path.h"
#include "collectors/collector.h"
#include "collectors/mounts.h"

static int mountinfo = -1; /* -1 with a list of our own */
static bool automatic;
static unsigned count;
static struct watched {
	char path[MOUNT_PATH]; /* as the user knows it */
	struct series *space, *inodes;
} watched[MOUNTS_MAX];

static void drop_all(void)
{
	for (unsigned i = 0; i < count; i++) {
		series_drop(watched[i].space);
		series_drop(watched[i].inodes);
	}
	count = 0;
}

static void filesystem_close(void)
{
	if (mountinfo >= 0)
		close(mountinfo);
	mountinfo = -1;
	count = 0; /* the series stay: they are found again by name */
}

static int add(struct table *t, const char *path, size_t len)
{
	struct watched *w = &watched[count];

	if (len == 0 || len >= sizeof(w->path))
		return len ? -ENAMETOOLONG : 0;
	if (count == MOUNTS_MAX)
		return -E2BIG;
	memcpy(w->path, path, len);
	w->path[len] = '\0';
	w->space = table_series(t, "fs.used_ratio", w->path);
	w->inodes = table_series(t, "fs.inodes.used_ratio", w->path);
	if (!w->space || !w->inodes)
		return -ENOSPC;
	count++;
	return 0;
}

/* The mounts as they are now; series of those that are gone go too. */
static int look_again(struct table *t)
{
	struct mount found[MOUNTS_MAX];
	int n = mounts_read(mountinfo, found);
	bool same = n == (int)count;

	if (n < 0)
		return n;
	for (int i = 0; same && i < n; i++)
		same = strcmp(found[i].path, watched[i].path) == 0;
	if (same)
		return 0;
	drop_all();
	for (int i = 0; i < n; i++) {
		int r = add(t, found[i].path, strlen(found[i].path));

		if (r < 0)
			return r;
	}
	return 0;
}

static int filesystem_open(const struct conf *cf, struct table *t)
{
	const char *s = cf->filesystems;
	int r = 0;

	filesystem_close();
	automatic = strcmp(s, "auto") == 0;
	while (!automatic && *s && r == 0) {
		size_t n = strcspn(s, " ,");

		r = add(t, s, n);
		s += n + (s[n] != '\0');
	}
	if (!automatic)
		return r;
	/* Below no kernel root: where things are mounted is the running kernel's to say. */
	mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	return mountinfo < 0 ? -errno : look_again(t);
}

static void put(const struct table *t, const struct watched *w, const struct statvfs *v)
{
	double used = (double)(v->f_blocks - v->f_bfree), left = (double)v->f_bavail;

	/* What root keeps for itself is not to be had: full is when everybody else gets ENOSPC. */
	series_set(w->space, t, used + left > 0 ? used / (used + left) : NAN);
	series_set(w->inodes, t,
	        v->f_files > 0 ? (double)(v->f_files - v->f_ffree) / (double)v->f_files : NAN);
}

static bool changed(void)
{
	struct pollfd p = { .fd = mountinfo, .events = POLLPRI };

	return automatic && poll(&p, 1, 0) > 0;
}

static int filesystem_read(struct table *t)
{
	int r = changed() ? look_again(t) : 0;

	for (unsigned i = 0; i < count; i++) {
		char full[PATH_MAX];
		struct statvfs v;

		if (path_full(full, watched[i].path) == 0 && statvfs(full, &v) == 0) {
			put(t, &watched[i], &v);
			continue;
		}
		/* Not mounted (yet): unknown, and no reason to look less often. */
		if (errno != ENOENT)
			r = -errno;
		series_set(watched[i].space, t, NAN);
		series_set(watched[i].inodes, t, NAN);
	}
	return r;
}

const struct collector filesystem_collector = {
	.name = "filesystem",
	.open = filesystem_open,
	.read = filesystem_read,
	.close = filesystem_close,
};
