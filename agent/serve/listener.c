/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "agent/serve/listener_internal.h"

/* Calls taken before others of the loop have their turn: a flood must not hold up the tick. */
enum { CALLS_AT_ONCE = 8 };

/* A variable, so that tests need not wait that long. */
static unsigned exchange_ms = LISTENER_EXCHANGE_MS;

static void drop_http_client(struct listener_client *c)
{
	struct loop *loop = c->listener->loop;

	loop_del(loop, &c->io);
	close(c->io.fd);
	c->io = (struct loop_fd){ .fd = -1 };
	loop_timer_stop(loop, &c->limit);
	free(c->body);
	c->body = NULL;
	c->state = CLIENT_FREE;
}

static void expire_http_client(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	drop_http_client(container_of(t, struct listener_client, limit));
}

static const char *status_phrase_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 500:
		return "Internal Server Error";
	case 503:
		return "Service Unavailable";
	default:
		return "";
	}
}

/* No Date: a guest's clock is wrong often enough, and nothing here may be stored. */
static void start_http_reply(struct listener_client *c, int status)
{
	struct listener_answer a = { .status = status };
	char word[64] = "";
	int n;

	if (status == 200) {
		a.status = 404;
		c->listener->asked(c->listener, c->rq.path, &a);
	}
	if (!a.body)
		a.len = (size_t)snprintf(word, sizeof(word), "%s\n", status_phrase_of(a.status));
	/* The request is over, and its path with it: the buffer is the answer's. */
	n = snprintf(c->head, LISTENER_HEAD,
	        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	        "Cache-Control: no-store\r\nConnection: close\r\n%s\r\n%s",
	        a.status, status_phrase_of(a.status), a.type ? a.type : "text/plain; charset=utf-8",
	        a.len, a.status == 405 ? "Allow: GET, HEAD\r\n" : "", c->rq.head ? "" : word);
	c->head_len = (size_t)n;
	c->body = a.body;
	c->body_len = a.body && !c->rq.head ? a.len : 0;
	c->sent = 0;
	c->state = CLIENT_REPLYING;
	(void)loop_mod(c->listener->loop, &c->io, EPOLLOUT); /* cannot fail: it is there */
}

static void read_request_head(struct listener_client *c)
{
	ssize_t n =
	        recv(c->io.fd, c->head + c->head_len, LISTENER_HEAD - c->head_len, MSG_DONTWAIT);
	int status;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || (n == 0 && c->head_len == 0)) {
		drop_http_client(c);
		return;
	}
	c->head_len += (size_t)n;
	status = n == 0 ? 400 : request_take(&c->rq, c->head, c->head_len);
	if (status == 0 && c->head_len == LISTENER_HEAD)
		status = 431;
	if (status)
		start_http_reply(c, status);
}

static void write_http_reply(struct listener_client *c)
{
	size_t in_body = c->sent > c->head_len ? c->sent - c->head_len : 0;
	size_t in_head = c->sent - in_body;
	struct iovec part[2] = {
		{ c->head + in_head, c->head_len - in_head },
		{ c->body_len ? c->body + in_body : NULL, c->body_len - in_body },
	};
	struct msghdr msg = { .msg_iov = part, .msg_iovlen = 2 };
	ssize_t n = sendmsg(c->io.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		drop_http_client(c);
		return;
	}
	c->sent += (size_t)n;
	if (c->sent < c->head_len + c->body_len)
		return;
	/*
	 * Closing now with unread input (a body, a second request) would send a reset, which
	 * discards the answer before the client has read it.
	 */
	free(c->body);
	c->body = NULL;
	c->state = CLIENT_DRAINING;
	if (shutdown(c->io.fd, SHUT_WR) < 0 || loop_mod(c->listener->loop, &c->io, EPOLLIN) < 0)
		drop_http_client(c);
}

static void discard_request_rest(struct listener_client *c)
{
	ssize_t n = recv(c->io.fd, c->head, LISTENER_HEAD, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->junk += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->junk > LISTENER_JUNK)
		drop_http_client(c);
}

static void handle_http_client(struct loop_fd *w, uint32_t events)
{
	struct listener_client *c = container_of(w, struct listener_client, io);

	(void)events; /* the next call reports the error */
	if (c->state == CLIENT_ASKING)
		read_request_head(c);
	else if (c->state == CLIENT_REPLYING)
		write_http_reply(c);
	else
		discard_request_rest(c);
}

static void add_http_client(struct listener *l, int fd)
{
	struct listener_client *c = l->caller;

	while (c < l->caller + LISTENER_CALLERS && c->state != CLIENT_FREE)
		c++;
	if (c == l->caller + LISTENER_CALLERS) {
		close(fd);
		return;
	}
	*c = (struct listener_client){ .listener = l,
		.state = CLIENT_ASKING,
		.io = { .fd = fd, .ready = handle_http_client },
		.limit = { .fired = expire_http_client },
		.head = l->head[c - l->caller] };
	if (loop_add(l->loop, &c->io, EPOLLIN) < 0 ||
	        loop_timer_start(l->loop, &c->limit, exchange_ms, 0) < 0)
		drop_http_client(c);
}

/* Edge-triggered (EPOLLET): without a free fd the loop would spin on a level-triggered event. */
static void accept_http_clients(struct loop_fd *w, uint32_t events)
{
	struct listener *l = container_of(w, struct listener, io);

	(void)events;
	for (int i = 0; i < CALLS_AT_ONCE; i++) {
		int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			add_http_client(l, fd);
		else if (errno == EAGAIN || errno == EMFILE || errno == ENFILE ||
		         errno == ENOBUFS || errno == ENOMEM)
			return;
		/* Anything else is about that one call: it was given up before we took it. */
	}
	(void)loop_mod(l->loop, w, EPOLLIN | EPOLLET); /* tells again, if more wait */
}

int listener_open(struct listener *l, struct loop *loop, const char *address,
        void (*asked)(struct listener *, const char *path, struct listener_answer *ret))
{
	int r;

	l->loop = loop;
	l->asked = asked;
	l->io = (struct loop_fd){ .fd = -1 };
	l->path[0] = '\0';
	for (int i = 0; i < LISTENER_CALLERS; i++)
		l->caller[i].state = CLIENT_FREE;
	r = listener_bind(l, address);
	if (r >= 0) {
		l->io = (struct loop_fd){ .fd = r, .ready = accept_http_clients };
		r = loop_add(loop, &l->io, EPOLLIN | EPOLLET);
	}
	if (r < 0)
		listener_close(l);
	return r;
}

void listener_close(struct listener *l)
{
	for (int i = 0; i < LISTENER_CALLERS; i++)
		if (l->caller[i].state != CLIENT_FREE)
			drop_http_client(&l->caller[i]);
	if (l->io.ready) {
		loop_del(l->loop, &l->io);
		close(l->io.fd);
	}
	l->io = (struct loop_fd){ .fd = -1 };
	listener_unbind(l);
}

int listener_port(const struct listener *l)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);

	if (!l->io.ready)
		return -EBADF;
	if (getsockname(l->io.fd, (struct sockaddr *)&at, &n) < 0)
		return -errno;
	if (at.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&at)->sin_port);
	return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
	                                : -EAFNOSUPPORT;
}
