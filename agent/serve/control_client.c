/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/clean.h"
#include "agent/base/paths.h"
#include "agent/serve/control.h"
#include "agent/serve/unix_socket.h"

const char control_socket_path[] = PATH_RUN "/control";

/* Waits until the fd is ready. Returns 0 or -errno; until UINT64_MAX: no limit. */
static int await_control_fd(int fd, short events, uint64_t until)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		uint64_t now = loop_now();
		int left = until == UINT64_MAX ? -1 : until > now ? (int)(until - now) : 0;
		int n = poll(&p, 1, left);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int send_control_request(int fd, const char *line, size_t n, uint64_t until)
{
	char text[CONTROL_LINE];
	size_t sent = 0;

	memcpy(text, line, n);
	text[n] = '\n';
	while (sent < n + 1) {
		ssize_t w = send(fd, text + sent, n + 1 - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		int r = 0;

		if (w >= 0)
			sent += (size_t)w;
		else if (errno == EAGAIN)
			r = await_control_fd(fd, POLLOUT, until);
		else if (errno != EINTR)
			r = errno == EPIPE ? -ECONNRESET : -errno;
		if (r < 0)
			return r;
	}
	return 0;
}

/* Makes room for at least one more byte and a NUL. */
static int grow_answer_buffer(char **buf, size_t *size, size_t n)
{
	size_t bigger = *size ? *size * 2 : 4096;
	char *more;

	if (*size - n >= 2)
		return 0;
	if (bigger > CONTROL_ANSWER_MAX)
		return -EFBIG;
	more = realloc(*buf, bigger);
	if (!more)
		return -ENOMEM;
	*buf = more;
	*size = bigger;
	return 0;
}

static int read_control_answer(int fd, uint64_t until, char **ret, size_t *ret_len)
{
	auto_free char *buf = NULL;
	size_t n = 0, size = 0;
	int r = 0;

	while (r == 0 && (r = grow_answer_buffer(&buf, &size, n)) == 0) {
		ssize_t got = recv(fd, buf + n, size - n - 1, MSG_DONTWAIT);

		if (got == 0)
			break;
		if (got > 0)
			n += (size_t)got;
		else if (errno == EAGAIN)
			r = await_control_fd(fd, POLLIN, until);
		else if (errno != EINTR)
			r = -errno;
	}
	if (r < 0)
		return r;
	if (n == 0)
		return -ECONNRESET;
	buf[n] = '\0';
	*ret = buf;
	*ret_len = n;
	buf = NULL;
	return 0;
}

/* A full backlog is EAGAIN, for which there is no notification, so it polls. */
static int connect_to_control(int fd, const char *path, uint64_t until)
{
	int r;

	while ((r = unix_socket_call(connect, fd, path)) == -EAGAIN) {
		if (loop_now() >= until)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, 20);
	}
	return r;
}

int control_ask(const char *path, const char *line, int timeout_ms, char **ret, size_t *ret_len)
{
	uint64_t until = timeout_ms < 0 ? UINT64_MAX : loop_now() + (uint64_t)timeout_ms;
	auto_fd int fd = -1;
	size_t n = strlen(line);
	int r;

	if (n == 0 || n >= CONTROL_LINE || memchr(line, '\n', n))
		return -EINVAL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = connect_to_control(fd, path, until);
	if (r == 0)
		r = send_control_request(fd, line, n, until);
	if (r == 0)
		r = read_control_answer(fd, until, ret, ret_len);
	return r;
}
