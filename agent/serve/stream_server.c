/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/stream_server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/serve/unix_socket.h"

/* Connections accepted before the loop's other watchers run: a flood must not delay the tick. */
enum { ACCEPTS_AT_ONCE = 8 };

static void close_stream_client(struct stream_client *c)
{
	struct loop *l = c->server->loop;

	if (c->io.ready) {
		loop_del(l, &c->io);
		close(c->io.fd);
		c->io = (struct loop_fd){ .fd = -1 };
	}
	loop_timer_stop(l, &c->limit);
	free(c->body);
	c->body = NULL;
}

static void drop_stream_client(struct stream_client *c)
{
	close_stream_client(c);
	c->state = STREAM_FREE;
}

static void expire_stream_client(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	drop_stream_client(container_of(t, struct stream_client, limit));
}

static void renew_stream_limit(struct stream_client *c, uint64_t ms)
{
	if (c->server->protocol->limit_renewed)
		(void)loop_timer_start(
		        c->server->loop, &c->limit, ms, 0); /* re-arms: cannot fail */
}

static void read_stream_request(struct stream_client *c)
{
	const struct stream_protocol *p = c->server->protocol;
	ssize_t n = recv(c->io.fd, c->buffer + c->len, p->request_max - c->len, MSG_DONTWAIT);
	int r = -1;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n >= 0) {
		c->len += (size_t)n;
		r = p->parse(c, n == 0);
	}
	if (r < 0 || (r == 0 && (n == 0 || c->len == p->request_max)))
		drop_stream_client(c);
	if (r <= 0)
		return;
	c->state = STREAM_WAITING;
	renew_stream_limit(c, LOOP_NEVER);
	(void)loop_mod(c->server->loop, &c->io, 0); /* cannot fail: it was added */
	p->respond(c);
}

void stream_server_reply(struct stream_client *c, size_t head_len, char *body, size_t body_len)
{
	bool waiting = c->state == STREAM_WAITING;

	if (!waiting || head_len + body_len == 0) {
		if (waiting || c->state == STREAM_GONE)
			drop_stream_client(c);
		free(body);
		return;
	}
	c->len = head_len;
	c->body = body;
	c->body_len = body_len;
	c->state = STREAM_WRITING;
	renew_stream_limit(c, c->server->protocol->limit_ms);
	(void)loop_mod(c->server->loop, &c->io, EPOLLOUT); /* cannot fail: it was added */
}

/*
 * Closing a TCP connection with unread input (a body, a second request) would send a reset, which
 * discards the answer before the client has read it.
 */
static void end_stream_answer(struct stream_client *c)
{
	free(c->body);
	c->body = NULL;
	c->state = STREAM_DRAINING;
	if (c->server->protocol->discard_max == 0 || shutdown(c->io.fd, SHUT_WR) < 0 ||
	        loop_mod(c->server->loop, &c->io, EPOLLIN) < 0)
		drop_stream_client(c);
}

static void write_stream_answer(struct stream_client *c)
{
	size_t in_body = c->sent > c->len ? c->sent - c->len : 0;
	size_t in_head = c->sent - in_body;
	struct iovec part[2] = {
		{ c->buffer + in_head, c->len - in_head },
		{ c->body_len ? c->body + in_body : NULL, c->body_len - in_body },
	};
	struct msghdr msg = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t n = sendmsg(c->io.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		drop_stream_client(c);
		return;
	}
	c->sent += (size_t)n;
	if (c->sent == c->len + c->body_len)
		end_stream_answer(c);
	else
		renew_stream_limit(c, c->server->protocol->limit_ms);
}

static void discard_stream_rest(struct stream_client *c)
{
	const struct stream_protocol *p = c->server->protocol;
	ssize_t n = recv(c->io.fd, c->buffer, p->request_max, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->discarded += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->discarded > p->discard_max)
		drop_stream_client(c);
}

static void handle_stream_client(struct loop_fd *w, uint32_t events)
{
	struct stream_client *c = container_of(w, struct stream_client, io);

	if (c->state == STREAM_READING) {
		read_stream_request(c);
	} else if (c->state == STREAM_WRITING) {
		write_stream_answer(c);
	} else if (c->state == STREAM_DRAINING) {
		discard_stream_rest(c);
	} else if (events & (EPOLLHUP | EPOLLERR)) { /* the only events reported while it waits */
		close_stream_client(c);
		c->state = STREAM_GONE;
	}
}

/*
 * Returns a free slot. Without one, drops the oldest client that has no answer to come: idle
 * connections must not keep a probe of /health out. NULL: every client waits for its answer.
 */
static struct stream_client *find_stream_slot(struct stream_server *s)
{
	struct stream_client *oldest = NULL;

	for (unsigned i = 0; i < s->protocol->clients; i++) {
		struct stream_client *c = s->client[i];

		if (c->state == STREAM_FREE)
			return c;
		if ((c->state == STREAM_READING || c->state == STREAM_DRAINING) &&
		        (!oldest || c->number < oldest->number))
			oldest = c;
	}
	if (oldest)
		drop_stream_client(oldest);
	return oldest;
}

static void add_stream_client(struct stream_server *s, int fd)
{
	const struct stream_protocol *p = s->protocol;
	struct stream_client *c = find_stream_slot(s);

	if (!c) {
		close(fd);
		return;
	}
	*c = (struct stream_client){ .server = s,
		.number = s->accepted++,
		.state = STREAM_READING,
		.io = { .fd = fd, .ready = handle_stream_client },
		.limit = { .fired = expire_stream_client },
		.buffer = c->buffer };
	if (!p->accept(c) || loop_add(s->loop, &c->io, EPOLLIN) < 0 ||
	        loop_timer_start(s->loop, &c->limit, p->limit_ms, 0) < 0)
		drop_stream_client(c);
}

/* Edge-triggered (EPOLLET): without a free fd the loop would spin on a level-triggered event. */
static void accept_stream_clients(struct loop_fd *w, uint32_t events)
{
	struct stream_server *s = container_of(w, struct stream_server, io);

	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			add_stream_client(s, fd);
		else if (errno == EAGAIN || errno == EMFILE || errno == ENFILE ||
		         errno == ENOBUFS || errno == ENOMEM)
			return;
		/* Any other error is that of one connection, which ended before it was accepted. */
	}
	(void)loop_mod(s->loop, w, EPOLLIN | EPOLLET); /* reports again if more wait */
}

int stream_server_open_fd(struct stream_server *s, struct loop *l, int fd)
{
	int r = listen(fd, (int)s->protocol->clients) < 0 ? -errno : 0;

	s->loop = l;
	s->io = (struct loop_fd){ .fd = fd, .ready = accept_stream_clients };
	if (r == 0)
		r = loop_add(l, &s->io, EPOLLIN | EPOLLET);
	if (r < 0)
		stream_server_close(s);
	return r;
}

static int remember_socket_inode(struct stream_server *s, const char *path)
{
	struct stat st;
	int r = path_lstat(path, &st);

	if (r < 0)
		return r;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	STR_COPY(s->path, path); /* fits: it did with a root before it */
	return 0;
}

/*
 * The socket has its mode from the first moment: a later chmod() could be redirected by a user who
 * can write to the folder. Only this thread creates files, so the umask affects no other.
 */
int stream_server_open_path(struct stream_server *s, struct loop *l, const char *path, mode_t mode)
{
	auto_fd int fd = -1;
	int r = unix_socket_clear(path);
	mode_t was;

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || fchmod(fd, mode) < 0)
		return -errno;
	was = umask(0);
	r = unix_socket_call(bind, fd, path);
	(void)umask(was);
	if (r == 0)
		r = remember_socket_inode(s, path);
	return r < 0 ? r : stream_server_open_fd(s, l, steal_fd(&fd));
}

/* Another process that has replaced this one has its own socket at the path. */
static void remove_own_socket(struct stream_server *s)
{
	struct stat st;

	if (*s->path && path_lstat(s->path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
		(void)path_remove(s->path);
	*s->path = '\0';
}

void stream_server_close(struct stream_server *s)
{
	for (unsigned i = 0; i < STREAM_CLIENTS && s->client[i]; i++)
		if (s->client[i]->state != STREAM_FREE)
			drop_stream_client(s->client[i]);
	if (s->io.ready) {
		loop_del(s->loop, &s->io);
		close(s->io.fd);
	}
	s->io = (struct loop_fd){ .fd = -1 };
	remove_own_socket(s);
}
