/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/serve/control_internal.h"

/* A variable, so that tests need not wait that long. */
static unsigned silence_ms = CONTROL_SILENCE_MS;

static void close_control_peer(struct control_peer *p)
{
	struct loop *l = p->control->loop;

	if (p->io.ready) {
		loop_del(l, &p->io);
		close(p->io.fd);
		p->io = (struct loop_fd){ .fd = -1 };
	}
	loop_timer_stop(l, &p->silence);
	free(p->answer);
	p->answer = NULL;
}

static void drop_control_peer(struct control_peer *p)
{
	close_control_peer(p);
	p->state = PEER_FREE;
}

static void expire_control_peer(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	drop_control_peer(container_of(t, struct control_peer, silence));
}

/* True when the line is there, NUL-terminated; false when more is to come, or it was dropped. */
static bool read_control_line(struct control_peer *p)
{
	ssize_t n = recv(p->io.fd, p->line + p->len, sizeof(p->line) - p->len, MSG_DONTWAIT);
	char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		drop_control_peer(p);
		return false;
	}
	p->len += (size_t)n;
	end = memchr(p->line, '\n', p->len);
	if (end && !memchr(p->line, '\0', (size_t)(end - p->line))) {
		*end = '\0';
		return true;
	}
	if (end || p->len == sizeof(p->line))
		drop_control_peer(p);
	return false;
}

static void write_control_answer(struct control_peer *p)
{
	ssize_t n = send(p->io.fd, p->answer + p->sent, p->answer_len - p->sent,
	        MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->sent += n > 0 ? (size_t)n : 0;
	if (n < 0 || p->sent == p->answer_len ||
	        loop_timer_start(p->control->loop, &p->silence, silence_ms, 0) < 0)
		drop_control_peer(p);
}

static void handle_control_peer(struct loop_fd *w, uint32_t events)
{
	struct control_peer *p = container_of(w, struct control_peer, io);

	if (p->state == PEER_REPLYING) {
		write_control_answer(p);
	} else if (p->state == PEER_WAITING) {
		/* Only a hang-up is reported without being requested. */
		if (events & (EPOLLHUP | EPOLLERR)) {
			close_control_peer(p);
			p->state = PEER_GONE;
		}
	} else if (read_control_line(p)) {
		p->state = PEER_WAITING;
		(void)loop_timer_start(p->control->loop, &p->silence, LOOP_NEVER, 0);
		(void)loop_mod(p->control->loop, &p->io, 0); /* cannot fail: it is there */
		p->control->asked(p, p->line);
	}
}

void control_answer(struct control_peer *p, const char *text, size_t len)
{
	struct loop *l = p->control->loop;

	if (p->state == PEER_GONE)
		drop_control_peer(p);
	if (p->state != PEER_WAITING)
		return;
	p->answer = malloc(len + 1);
	if (!p->answer || len == 0) {
		drop_control_peer(p);
		return;
	}
	memcpy(p->answer, text, len);
	p->answer_len = len;
	p->sent = 0;
	p->state = PEER_REPLYING;
	if (loop_mod(l, &p->io, EPOLLOUT) < 0 ||
	        loop_timer_start(l, &p->silence, silence_ms, 0) < 0)
		drop_control_peer(p);
}

static bool is_peer_allowed(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 && n == sizeof(who) &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void add_control_peer(struct control *c, int fd)
{
	struct control_peer *p = c->peer;

	while (p < c->peer + CONTROL_PEERS && p->state != PEER_FREE)
		p++;
	if (p == c->peer + CONTROL_PEERS || !is_peer_allowed(fd)) {
		close(fd);
		return;
	}
	*p = (struct control_peer){ .control = c,
		.state = PEER_ASKING,
		.io = { .fd = fd, .ready = handle_control_peer },
		.silence = { .fired = expire_control_peer } };
	if (loop_add(c->loop, &p->io, EPOLLIN) < 0 ||
	        loop_timer_start(c->loop, &p->silence, silence_ms, 0) < 0)
		drop_control_peer(p);
}

/*
 * Edge-triggered (EPOLLET), so all connections are accepted at once: without a free fd the loop
 * would spin on a level-triggered event.
 */
static void accept_control_peers(struct loop_fd *w, uint32_t events)
{
	struct control *c = container_of(w, struct control, io);
	int fd;

	(void)events;
	while ((fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		add_control_peer(c, fd);
}

static int remember_control_inode(struct control *c, const char *path)
{
	char full[PATH_MAX];
	struct stat st;
	int r = path_full(full, path);

	if (r < 0)
		return r;
	if (lstat(full, &st) < 0)
		return -errno;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	STR_COPY(c->path, path); /* it did fit with a root before it */
	return 0;
}

static int listen_at_control_path(struct control *c, const char *path)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	/* The mode of the socket itself is that of its file from the first moment on. */
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return -errno;
	r = control_path_call(bind, fd, path);
	if (r == 0)
		r = remember_control_inode(c, path);
	if (r == 0 && listen(fd, CONTROL_PEERS) < 0)
		r = -errno;
	if (r < 0)
		return r;
	c->io = (struct loop_fd){ .fd = fd };
	r = loop_add(c->loop, &c->io, EPOLLIN | EPOLLET);
	if (r < 0)
		return r;
	c->io = (struct loop_fd){ .fd = steal_fd(&fd), .ready = accept_control_peers };
	return 0;
}

int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *p, const char *line))
{
	int r;

	c->loop = l;
	c->asked = asked;
	r = control_path_clear(path);
	if (r == 0)
		r = listen_at_control_path(c, path);
	if (r < 0)
		control_close(c);
	return r;
}

void control_close(struct control *c)
{
	char full[PATH_MAX];
	struct stat st;

	for (int i = 0; c->loop && i < CONTROL_PEERS; i++)
		if (c->peer[i].control) /* has been one */
			drop_control_peer(&c->peer[i]);
	if (c->io.ready) {
		loop_del(c->loop, &c->io);
		close(c->io.fd);
	}
	c->io = (struct loop_fd){ .fd = -1 };
	/* One that replaced us has its own there. */
	if (*c->path && path_full(full, c->path) == 0 && lstat(full, &st) == 0 &&
	        st.st_dev == c->dev && st.st_ino == c->ino)
		(void)unlink(full);
	*c->path = '\0';
}
