/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/listener_internal.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/address.h"
#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/serve/control_internal.h"

static int remember_listener_inode(struct listener *l, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	int r = path_full(full, path);

	if (r < 0)
		return r;
	if (lstat(full, &st) < 0)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	STR_COPY(l->path, path); /* it did fit with a root before it */
	return 0;
}

/*
 * The socket has its mode from the first moment: a later chmod() could be redirected by a user who
 * can write to the folder. Only this thread creates files.
 */
static int bind_listener_path(struct listener *l, int fd, const char *path)
{
	int r = control_path_clear(path);
	mode_t was;

	if (r < 0)
		return r;
	if (fchmod(fd, 0666) < 0)
		return -errno;
	was = umask(0);
	r = control_path_call(bind, fd, path);
	(void)umask(was);
	return r < 0 ? r : remember_listener_inode(l, path);
}

static int bind_listener_address(int fd, const struct address *at)
{
	int yes = 1, no = 0;

	/* Lets a restart bind while old connections are in TIME_WAIT; lets [::] accept IPv4. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	        (at->ip.any.sa_family == AF_INET6 &&
	                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) < 0) ||
	        bind(fd, &at->ip.any, at->ip_size) < 0)
		return -errno;
	return 0;
}

int listener_bind(struct listener *l, const char *address)
{
	auto_fd int fd = -1;
	struct address at;
	int r;

	if (address_parse(address, &at))
		return -EINVAL;
	fd = socket(at.path ? AF_UNIX : at.ip.any.sa_family,
	        SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = at.path ? bind_listener_path(l, fd, at.path) : bind_listener_address(fd, &at);
	if (r == 0 && listen(fd, LISTENER_CALLERS) < 0)
		r = -errno;
	return r < 0 ? r : steal_fd(&fd);
}

void listener_unbind(struct listener *l)
{
	char full[PATH_MAX];
	struct stat st;

	/* One that replaced us has its own there. */
	if (*l->path && path_full(full, l->path) == 0 && lstat(full, &st) == 0 &&
	        st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(full);
	*l->path = '\0';
}
