/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"

static char root[PATH_MAX];
static bool kernel_here; /* true if the sysroot has a proc/ */

int path_set_root(const char *dir)
{
	size_t n = strlen(dir);

	if (*dir && *dir != '/')
		return -EINVAL;
	while (n > 0 && dir[n - 1] == '/')
		n--;
	if (n >= sizeof(root))
		return -ENAMETOOLONG;
	memcpy(root, dir, n);
	root[n] = '\0';
	kernel_here = path_exists("/proc/meminfo") || path_exists("/proc/loadavg");
	return 0;
}

const char *path_root(void)
{
	return root;
}

const char *path_kernel_root(void)
{
	return kernel_here ? root : "";
}

int path_full(char ret[static PATH_MAX], const char *path)
{
	return snprintf(ret, PATH_MAX, "%s%s", root, path) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int path_open(const char *path, int flags, mode_t mode)
{
	char full[PATH_MAX];
	int r = path_full(full, path), fd;

	if (r < 0)
		return r;
	fd = open(full, flags | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

static int stat_below_root(const char *path, int flags, struct stat *ret)
{
	char full[PATH_MAX];
	int r = path_full(full, path);

	if (r < 0)
		return r;
	return fstatat(AT_FDCWD, full, ret, flags) < 0 ? -errno : 0;
}

int path_stat(const char *path, struct stat *ret)
{
	return stat_below_root(path, 0, ret);
}

int path_lstat(const char *path, struct stat *ret)
{
	return stat_below_root(path, AT_SYMLINK_NOFOLLOW, ret);
}

/* Reads to the end of the file, at most `size` bytes.  Returns the number of bytes or -errno. */
static ssize_t read_whole_file(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t r = read(fd, buf + n, size - n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		n += (size_t)r;
	}
	return (ssize_t)n;
}

int path_read(const char *path, size_t max, char **ret, size_t *ret_len)
{
	/* Not blocking: a fifo in a hooks folder must not stop the daemon. */
	auto_fd int fd = path_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	auto_free char *buf = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -EFBIG;
	/* One byte more than the size: a file that grows meanwhile is detected. */
	buf = malloc((size_t)st.st_size + 2);
	if (!buf)
		return -ENOMEM;
	n = read_whole_file(fd, buf, (size_t)st.st_size + 1);
	if (n < 0)
		return (int)n;
	if ((size_t)n > max)
		return -EFBIG;
	buf[n] = '\0';
	*ret = buf;
	*ret_len = (size_t)n;
	buf = NULL;
	return 0;
}

static int write_whole_file(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int sync_folder_of(const char *full)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(full, '/');
	auto_fd int fd = -1;

	(void)snprintf(dir, sizeof(dir), "%.*s", slash > full ? (int)(slash - full) : 1, full);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some filesystems do not support it (EINVAL): the rename is then as durable as they make it. */
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

int path_write(const char *path, const void *data, size_t len)
{
	char full[PATH_MAX], tmp[PATH_MAX];
	auto_fd int fd = -1;
	int r = path_full(full, path);

	if (r < 0)
		return r;
	if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", full) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	fd = mkostemp(tmp, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return -errno;
	r = write_whole_file(fd, data, len);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && rename(tmp, full) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(tmp); /* r is the error to report */
		return r;
	}
	return sync_folder_of(full);
}

int path_mkdir(const char *path)
{
	char full[PATH_MAX];
	int r = path_full(full, path);

	if (r < 0)
		return r;
	if (mkdir(full, 0700) == 0 || errno == EEXIST) /* usual: it or its parent exists */
		return 0;
	for (char *s = full + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(full, 0700) < 0 && errno != EEXIST)
			return -errno;
		*s = '/';
	}
	return mkdir(full, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

int path_private(const char *path)
{
	auto_fd int fd = path_open(path, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (st.st_uid != geteuid() && fchown(fd, geteuid(), (gid_t)-1) < 0)
		return -errno;
	return fchmod(fd, 0700) < 0 ? -errno : 1;
}

int path_remove(const char *path)
{
	char full[PATH_MAX];
	int r = path_full(full, path);

	if (r < 0)
		return r;
	return unlink(full) < 0 && errno != ENOENT ? -errno : 0;
}

bool path_exists(const char *path)
{
	char full[PATH_MAX];

	return path_full(full, path) == 0 && access(full, F_OK) == 0;
}
