/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/listener_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/serve/control_internal.h"

/* What control_path_call() can reach by the fd of its folder. */
enum { LAST_COMPONENT = 80 };

struct where {
	const char *path; /* of a unix socket; NULL: `at` */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t len;
};

static const char *parse_listener_path(const char *path, struct where *ret)
{
	const char *last = strrchr(path, '/');

	if (*path != '/')
		return "is no socket: unix:/PATH is";
	if (strlen(path) >= PATH_MAX || strlen(last + 1) > LAST_COMPONENT)
		return "is too long";
	if (!last[1] || strcmp(last, "/.") == 0 || strcmp(last, "/..") == 0)
		return "is a folder";
	ret->path = path;
	return NULL;
}

static const char *parse_ip_and_port(const char *address, const char *colon, struct where *ret)
{
	const char *port = colon + 1;
	char host[INET6_ADDRSTRLEN] = "";
	bool v6 = *address == '[';
	size_t n = (size_t)(colon - address);
	unsigned long number;

	if (strspn(port, "0123456789") != strlen(port) || !*port || strlen(port) > 5)
		return "has no port number: ADDRESS:PORT, as in 127.0.0.1:9100";
	number = strtoul(port, NULL, 10);
	if (number > 65535)
		return "has a port above 65535";
	if (v6 && (n < 2 || address[n - 1] != ']'))
		return "is no address: [IPv6]:PORT, as in [::1]:9100";
	if (v6) {
		address++;
		n -= 2;
	}
	if (n < sizeof(host))
		memcpy(host, address, n);
	if (v6) {
		ret->at.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons((uint16_t)number) };
		ret->len = sizeof(ret->at.v6);
	} else {
		ret->at.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons((uint16_t)number) };
		ret->len = sizeof(ret->at.v4);
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host,
	            v6 ? (void *)&ret->at.v6.sin6_addr : (void *)&ret->at.v4.sin_addr) != 1)
		return "is no numeric address: 127.0.0.1:9100, [::1]:9100, 0.0.0.0:9100";
	return NULL;
}

/* Returns the mistake in the address, or NULL. */
static const char *parse_listener_address(const char *address, struct where *ret)
{
	const char *colon = strrchr(address, ':');

	*ret = (struct where){ 0 };
	if (strncmp(address, "unix:", 5) == 0)
		return parse_listener_path(address + 5, ret);
	return colon ? parse_ip_and_port(address, colon, ret)
	             : "is neither ADDRESS:PORT nor unix:/PATH";
}

int listener_address_check(const char *address, char *reterr, size_t size)
{
	struct where at;
	const char *why = parse_listener_address(address, &at);

	if (why)
		(void)snprintf(reterr, size, "\"%.100s\" %s", address, why);
	return why ? -EINVAL : 0;
}

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

static int bind_listener_address(int fd, const struct where *at)
{
	int yes = 1, no = 0;

	/* Lets a restart bind while old connections are in TIME_WAIT; lets [::] accept IPv4. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	        (at->at.any.sa_family == AF_INET6 &&
	                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) < 0) ||
	        bind(fd, &at->at.any, at->len) < 0)
		return -errno;
	return 0;
}

int listener_bind(struct listener *l, const char *address)
{
	auto_fd int fd = -1;
	struct where at;
	int r;

	if (parse_listener_address(address, &at))
		return -EINVAL;
	fd = socket(at.path ? AF_UNIX : at.at.any.sa_family,
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
