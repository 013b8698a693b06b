/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filesystem.c - space, inodes and errors of the watched filesystems.
 *
 * The list of filesystems is read from mountinfo whenever the kernel reports a change (POLLPRI). No
 * call may hang: netmount.c watches network and user-space filesystems.
 *
 * A filesystem that turns read-only stays watched: it was writable at first, so this is a fault.
 * ext4 with errors=remount-ro reports it by ST_RDONLY. Since Linux 6.12, and in earlier stable
 * releases, it reports nothing and stops writing until it is mounted again; an increased error
 * counter then indicates it.
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
#include "collectors/lib/rate.h"
#include "collectors/storage/fserrors.h"
#include "collectors/storage/mounts.h"

static int mountinfo = -1;
static bool automatic;
static unsigned count;
static struct watched {
	char path[MOUNT_PATH]; /* as configured, without the sysroot */
	bool was_writable;
	bool network; /* configured, but below a mount of netmount.c: never accessed here */
	bool stopped; /* stopped by an error that statvfs() does not report */
	struct fserrors errors;
	double failed, failed_before;
	struct series *space, *inodes, *readonly, *failures;
} watched[MOUNTS_MAX];

static void drop_filesystem(struct watched *w)
{
	series_drop(w->space);
	series_drop(w->inodes);
	series_drop(w->readonly);
	if (w->failures)
		series_drop(w->failures);
	fserrors_close(&w->errors);
	*w = watched[--count];
}

static void filesystem_close(void)
{
	if (mountinfo >= 0)
		close(mountinfo);
	mountinfo = -1;
	while (count > 0) /* the series stay in the table and are found again by name */
		fserrors_close(&watched[--count].errors);
}

/* `m`: its entry of mountinfo; NULL if the settings name it. */
static int add_filesystem(struct table *t, const char *path, size_t len, const struct mount *m)
{
	struct watched *w = &watched[count];

	if (len == 0 || len >= sizeof(w->path))
		return len ? -ENAMETOOLONG : 0;
	if (count == MOUNTS_MAX)
		return -E2BIG;
	*w = (struct watched){ .was_writable = m != NULL, .failed_before = NAN };
	memcpy(w->path, path, len);
	w->space = table_series(t, "fs.used_ratio", w->path);
	w->inodes = table_series(t, "fs.inodes.used_ratio", w->path);
	w->readonly = table_series(t, "fs.readonly", w->path);
	if (!w->space || !w->inodes || !w->readonly)
		return -ENOSPC;
	if (fserrors_open(&w->errors, m))
		w->failures = table_series(t, "fs.errors", w->path);
	count++;
	return 0;
}

static bool is_listed(const struct mount *list, int n, const char *path)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].path, path) == 0)
			return true;
	return false;
}

/* Updates the list to the current mounts and drops the series of removed ones. */
static int rescan_filesystems(struct table *t)
{
	static struct mount found[MOUNTS_MAX], readonly[MOUNTS_MAX];
	int n = mounts_read(mountinfo, found), m = mounts_read_readonly(mountinfo, readonly);

	if (n < 0 || m < 0)
		return n < 0 ? n : m;
	for (unsigned i = count; i-- > 0;)
		if (!is_listed(found, n, watched[i].path) &&
		        !is_listed(readonly, m, watched[i].path))
			drop_filesystem(&watched[i]);
	for (int i = 0; i < n; i++) {
		bool known = false;
		int r = 0;

		for (unsigned j = 0; j < count && !known; j++)
			known = strcmp(watched[j].path, found[i].path) == 0;
		if (!known)
			r = add_filesystem(t, found[i].path, strlen(found[i].path), &found[i]);
		if (r < 0 && r != -E2BIG)
			return r;
	}
	return 0;
}

/* Marks the configured filesystems that must not be accessed here because they may hang. */
static int mark_network_filesystems(void)
{
	static struct mount found[MOUNTS_MAX];
	int n = mounts_read_network(mountinfo, found);

	for (unsigned i = 0; i < count; i++) {
		watched[i].network = false;
		for (int j = 0; j < n; j++) {
			size_t len = strlen(found[j].path);

			if (strncmp(watched[i].path, found[j].path, len) == 0 &&
			        (watched[i].path[len] == '\0' || watched[i].path[len] == '/'))
				watched[i].network = true;
		}
	}
	return n < 0 ? n : 0;
}

static int filesystem_open(const struct conf *cf, struct table *t)
{
	const char *s = cf->filesystems;
	int r = 0;

	filesystem_close();
	automatic = strcmp(s, "auto") == 0;
	while (!automatic && *s && r == 0) {
		size_t n = strcspn(s, " ,");

		r = add_filesystem(t, s, n, NULL);
		s += n + (s[n] != '\0');
	}
	if (r < 0)
		return r;
	/* Not below the kernel root: only the running kernel knows the mounts. */
	mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (mountinfo < 0)
		return -errno;
	return automatic ? rescan_filesystems(t) : mark_network_filesystems();
}

static void put_filesystem_values(const struct table *t, struct watched *w, const struct statvfs *v)
{
	double used = (double)(v->f_blocks - v->f_bfree), left = (double)v->f_bavail;
	bool readonly = v->f_flag & ST_RDONLY;

	w->was_writable = w->was_writable || !readonly;
	/* this kernel reports the error, and its end, by ST_RDONLY */
	w->stopped = w->stopped && !readonly;
	series_set(w->readonly, t, w->was_writable && (readonly || w->stopped));

	series_limit(w->space, (double)v->f_blocks);
	series_limit(w->inodes, v->f_files > 0 ? (double)v->f_files : NAN);
	/* Excludes root's reserved blocks: the filesystem is full when other users get ENOSPC. */
	series_set(w->space, t, used + left > 0 ? used / (used + left) : NAN);
	series_set(w->inodes, t,
	        v->f_files > 0 ? (double)(v->f_files - v->f_ffree) / (double)v->f_files : NAN);
}

static void count_fs_errors(const struct table *t, struct watched *w)
{
	double now = fserrors_read(&w->errors), more = rate_more(&w->failed_before, now);

	w->failed += more;
	w->stopped = w->stopped || (more > 0 && fserrors_stops(&w->errors));
	series_set(w->failures, t, isnan(now) ? NAN : w->failed);
}

static bool have_mounts_changed(void)
{
	struct pollfd p = { .fd = mountinfo, .events = POLLPRI };

	return poll(&p, 1, 0) > 0;
}

static int filesystem_read(struct table *t)
{
	int r = 0;

	if (have_mounts_changed())
		r = automatic ? rescan_filesystems(t) : mark_network_filesystems();
	for (unsigned i = 0; i < count; i++) {
		char full[PATH_MAX];
		struct statvfs v;

		if (watched[i].network)
			continue;
		if (watched[i].failures)
			count_fs_errors(t, &watched[i]);
		if (path_full(full, watched[i].path) == 0 && statvfs(full, &v) == 0) {
			put_filesystem_values(t, &watched[i], &v);
			continue;
		}
		/* Not mounted (yet): unknown, but not an error that slows down the readings. */
		if (errno != ENOENT)
			r = -errno;
		series_set(watched[i].space, t, NAN);
		series_set(watched[i].inodes, t, NAN);
		series_set(watched[i].readonly, t, NAN);
	}
	return r;
}

const struct collector filesystem_collector = {
	.name = "filesystem",
	.open = filesystem_open,
	.read = filesystem_read,
	.close = filesystem_close,
};
