/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/network/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <math.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int fd = -1;
static uint8_t taken[65536 / 8];

static int request_sockets(int family)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} q = { .head = { .nlmsg_len = sizeof(q),
		        .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		        .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = (uint8_t)family,
		        .sdiag_protocol = IPPROTO_TCP,
		        .idiag_states = ~0U } };

	return send(fd, &q, sizeof(q), 0) == sizeof(q) ? 0 : -errno;
}

/* Receives the answers to one request. Returns 0 at the end, or -errno. */
static int receive_sockets(void)
{
	_Alignas(struct nlmsghdr) char buf[32768];

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		size_t left = n > 0 ? (size_t)n : 0;
		const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf;

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			const struct inet_diag_msg *m = NLMSG_DATA(h);
			unsigned port;

			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return -EOPNOTSUPP;
			if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
				continue;
			port = ntohs(m->id.idiag_sport);
			taken[port / 8] |= (uint8_t)(1U << port % 8);
		}
	}
}

double ports_in_use(unsigned low, unsigned high)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct timeval timeout = { .tv_sec = 1 };
	double n = 0;

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return NAN;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	memset(taken, 0, sizeof(taken));
	for (int i = 0; i < 2; i++) {
		int r = request_sockets(families[i]);

		if (r == 0)
			r = receive_sockets();
		if (r < 0) {
			ports_close(); /* discards the rest of the answer, so that the next call does not read it */
			if (families[i] == AF_INET)
				return NAN;
		}
		if (fd < 0)
			break;
	}
	for (unsigned p = low; p <= high && p < 65536; p++)
		n += taken[p / 8] >> p % 8 & 1;
	return n;
}

void ports_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}
