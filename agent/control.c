/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/clean.h"
#include "agent/path.h"

/* An address has room for 107 bytes: a longer path goes by way of an open folder's fd. */
static int address(struct sockaddr_un *ret, const char *path, int *ret_dir)
{
	char full[PATH_MAX];
	int r = path_full(full, path);
	char *name;

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	*ret_dir = -1;
	if (r < 0)
		return r;
	if (strlen(full) < sizeof(ret->sun_path)) {
		memcpy(ret->sun_path, full, strlen(full));
		return 0;
	}
	name = strrchr(full, '/');
	*name++ = '\0';
	*ret_dir = open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_dir < 0)
		return -errno;
	r = snprintf(ret->sun_path, sizeof(ret->sun_path), "/proc/self/fd/%d/%s", *ret_dir, name);
	return r < (int)sizeof(ret->sun_path) ? 0 : -ENAMETOOLONG;
}

static void drop(struct control_peer *p)
{
	if (p->io.fd < 0)
		return;
	loop_del(p->control->loop, &p->io);
	close(p->io.fd);
	p->io.fd = -1;
	loop_timer_stop(p->control->loop, &p->patience);
	free(p->answer);
	p->answer = NULL;
}

static void gone(struct control_peer *p)
{
	bool waited = p->asked && !p->answer;

	drop(p);
	if (waited)
		p->control->left(p);
}

/* Sends what the socket takes; the rest when it takes more. */
static void send_some(struct control_peer *p)
{
	while (p->sent < p->answer_len) {
		ssize_t n =
		        send(p->io.fd, p->answer + p->sent, p->answer_len - p->sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			if (loop_mod(p->control->loop, &p->io, EPOLLOUT) < 0)
				drop(p);
			return;
		}
		if (n <= 0)
			break;
		p->sent += (size_t)n;
	}
	drop(p);
}

void control_answer(struct control_peer *p, const char *text, size_t len)
{
	p->answer = malloc(len + 1);
	if (!p->answer) {
		drop(p);
		return;
	}
	memcpy(p->answer, text, len);
	p->answer_len = len;
	p->sent = 0;
	if (loop_timer_start(p->control->loop, &p->patience, CONTROL_PATIENCE_MS, 0) < 0)
		drop(p);
	else
		send_some(p);
}

static void out_of_patience(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	drop(container_of(t, struct control_peer, patience));
}

static void peer_ready(struct loop_fd *w, uint32_t events)
{
	struct control_peer *p = container_of(w, struct control_peer, io);
	char *end;
	ssize_t n;

	if (p->answer) {
		if (events & (EPOLLERR | EPOLLHUP))
			drop(p);
		else
			send_some(p);
		return;
	}
	if (p->asked || p->len == sizeof(p->line) - 1) { /* hung up, or says too much */
		gone(p);
		return;
	}
	n = recv(w->fd, p->line + p->len, sizeof(p->line) - 1 - p->len, 0);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			drop(p);
		return;
	}
	p->len += (size_t)n;
	p->line[p->len] = '\0';
	end = memchr(p->line, '\n', p->len);
	if (!end)
		return;
	*end = '\0';
	p->asked = true;
	loop_timer_stop(p->control->loop, &p->patience);
	p->control->asked(p, p->line);
}

static bool trusted(int fd)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void accept_one(struct loop_fd *w, uint32_t events)
{
	struct control *c = container_of(w, struct control, io);
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_peer *p = c->peer;

	(void)events;
	if (fd < 0)
		return;
	while (p < c->peer + CONTROL_PEERS && p->io.fd >= 0)
		p++;
	if (p == c->peer + CONTROL_PEERS || !trusted(fd)) {
		close(fd);
		return;
	}
	*p = (struct control_peer){ .control = c,
		.io = { .fd = fd, .ready = peer_ready },
		.patience = { .fired = out_of_patience } };
	if (loop_add(c->loop, &p->io, EPOLLIN | EPOLLRDHUP) < 0) {
		close(fd);
		p->io.fd = -1;
	} else if (loop_timer_start(c->loop, &p->patience, CONTROL_PATIENCE_MS, 0) < 0) {
		drop(p);
	}
}

int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *, const char *), void (*left)(struct control_peer *))
{
	struct sockaddr_un addr;
	auto_fd int dir = -1;
	auto_fd int fd = -1;
	mode_t mask;
	int r;

	*c = (struct control){ .loop = l, .path = path, .asked = asked, .left = left };
	c->io = (struct loop_fd){ .fd = -1, .ready = accept_one };
	for (struct control_peer *p = c->peer; p < c->peer + CONTROL_PEERS; p++)
		p->io.fd = -1;
	r = address(&addr, path, &dir);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	(void)path_remove(path); /* one that a kill -9 left; the lock says that it is nobody's */
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 || listen(fd, 16) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r < 0)
		return r;
	c->io.fd = fd;
	r = loop_add(l, &c->io, EPOLLIN);
	if (r < 0)
		c->io.fd = -1;
	else
		(void)steal_fd(&fd);
	return r;
}

void control_close(struct control *c)
{
	if (!c->loop)
		return;
	for (struct control_peer *p = c->peer; p < c->peer + CONTROL_PEERS; p++)
		drop(p);
	if (c->io.fd >= 0) {
		loop_del(c->loop, &c->io);
		close(c->io.fd);
		c->io.fd = -1;
		(void)path_remove(c->path); /* the next start does it else */
	}
	c->loop = NULL;
}

/* Reads until the other side closes. */
static int receive(int fd, int timeout_ms, char **ret, size_t *ret_len)
{
	auto_free char *text = NULL;
	size_t len = 0, size = 0;

	for (;;) {
		struct pollfd w = { .fd = fd, .events = POLLIN };
		ssize_t n = poll(&w, 1, timeout_ms);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ETIMEDOUT;
		if (len + 1 >= size) {
			char *grown = realloc(text, size = size ? size * 2 : 8192);

			if (!grown)
				return -ENOMEM;
			text = grown;
		}
		n = recv(fd, text + len, size - 1 - len, 0);
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len == 0)
		return -ECONNRESET;
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	text = NULL;
	return 0;
}

int control_ask(const char *path, const char *line, int timeout_ms, char **ret, size_t *ret_len)
{
	char request[CONTROL_LINE];
	int n = snprintf(request, sizeof(request), "%s\n", line), r;
	struct sockaddr_un addr;
	auto_fd int dir = -1;
	auto_fd int fd = -1;

	if (n < 0 || n >= (int)sizeof(request))
		return -EMSGSIZE;
	r = address(&addr, path, &dir);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	        send(fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		return -errno;
	return receive(fd, timeout_ms, ret, ret_len);
}
