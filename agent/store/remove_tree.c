/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store/remove_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"

enum { DEPTH = 32 };

static int remove_tree_entries(int parent, const char *name, dev_t dev, int depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), r = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!d) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			r = errno == ENOENT ? 0 : -errno;
		else if (!S_ISDIR(st.st_mode))
			r = unlinkat(fd, e->d_name, 0) < 0 && errno != ENOENT ? -errno : 0;
		else if (st.st_dev != dev || depth == 0)
			r = -EXDEV;
		else if ((r = remove_tree_entries(fd, e->d_name, dev, depth - 1)) == 0)
			r = unlinkat(fd, e->d_name, AT_REMOVEDIR) < 0 ? -errno : 0;
	}
	closedir(d);
	return r;
}

int remove_tree(const char *path, bool inside)
{
	char full[PATH_MAX];
	struct stat st;
	int r = path_full(full, path);

	if (r < 0)
		return r;
	if (lstat(full, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return inside ? 0 : unlink(full) < 0 ? -errno : 0;
	r = remove_tree_entries(AT_FDCWD, full, st.st_dev, DEPTH);
	if (r < 0 || inside)
		return r;
	return rmdir(full) < 0 && errno != EBUSY ? -errno : 0; /* busy: a mount point, now empty */
}
