/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"

/*
 * A socket address holds 108 bytes; a sysroot of a test or an image can be longer. Such a path is
 * reached by the fd of its folder.
 */
int unix_socket_call(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char full[PATH_MAX];
	auto_fd int dir = -1;
	char *slash;
	int n, r = path_full(full, path);

	if (r < 0)
		return r;
	n = snprintf(at.sun_path, sizeof(at.sun_path), "%s", full);
	slash = strrchr(full, '/');
	if (n >= (int)sizeof(at.sun_path) && slash > full) {
		*slash = '\0';
		dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			return -errno;
		n = snprintf(
		        at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/%s", dir, slash + 1);
	}
	if (n >= (int)sizeof(at.sun_path))
		return -ENAMETOOLONG;
	return call(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ? -errno : 0;
}

int unix_socket_clear(const char *path)
{
	auto_fd int fd = -1;
	struct stat st;
	int r = path_lstat(path, &st);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = unix_socket_call(connect, fd, path);
	if (r == 0 || r == -EAGAIN) /* EAGAIN: a process listens there, but its backlog is full */
		return -EADDRINUSE;
	return r == -ECONNREFUSED ? path_remove(path) : r;
}
