/* SPDX-License-Identifier: Apache-2.0 */
/* uevent_netlink.c - reads the kernel's uevents; for the static build, which has no libudev. */
#include "collectors/lib/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_BUFFER = 256 * 1024, KERNEL_GROUP = 1 };

int uevents_open(struct uevents *u)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(
	        AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int receive_buffer = RECEIVE_BUFFER, yes = 1, e;

	*u = (struct uevents){ .fd = fd };
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) == 0 &&
	        bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return 0;
	e = errno;
	uevents_close(u);
	return -e;
}

void uevents_close(struct uevents *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

/* Accepts only messages of the kernel (port 0, uid 0): any process may send to a netlink port. */
static bool is_from_kernel(const struct msghdr *m, const struct sockaddr_nl *from)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct ucred cred;

	if (m->msg_flags & (MSG_TRUNC | MSG_CTRUNC) || from->nl_pid != 0 ||
	        from->nl_groups != KERNEL_GROUP || !c || c->cmsg_type != SCM_CREDENTIALS)
		return false;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	return cred.uid == 0;
}

int uevents_read(struct uevents *u, char *buf, size_t size, struct uevent *ret)
{
	for (;;) {
		_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
		struct sockaddr_nl from = { 0 };
		struct iovec io = { .iov_base = buf, .iov_len = size };
		struct msghdr m = { .msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &io,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(u->fd, &m, 0);

		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (is_from_kernel(&m, &from) && uevent_parse(buf, (size_t)n, ret))
			return 1;
	}
}
