/* SPDX-License-Identifier: Apache-2.0 */
/* stream_rig.h - clients of a stream server on its own loop: the sanitizers see both sides. */
#ifndef TESTS_UNIT_LIB_STREAM_RIG_H
#define TESTS_UNIT_LIB_STREAM_RIG_H

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "agent/base/clean.h"
#include "agent/base/loop.h"
#include "agent/base/path.h"
#include "agent/serve/unix_socket.h"

struct client {
	struct loop_fd io;
	char *text;
	size_t len;
	bool gone;
	int error; /* ECONNRESET or 0, once gone */
};

static struct loop loop;

static inline void client_receive(struct loop_fd *w, uint32_t events)
{
	struct client *c = container_of(w, struct client, io);
	static char buf[65536];
	ssize_t n = recv(w->fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)events;
	if (n > 0) {
		c->text = realloc(c->text, c->len + (size_t)n + 1);
		memcpy(c->text + c->len, buf, (size_t)n);
		c->len += (size_t)n;
		c->text[c->len] = '\0';
		return;
	}
	c->error = n < 0 ? errno : 0;
	c->gone = true;
	loop_del(&loop, w);
	loop_stop(&loop);
}

static inline void stop_loop(struct loop_timer *t, uint64_t missed)
{
	(void)t;
	(void)missed;
	loop_stop(&loop);
}

/* Runs for so long, or until a client's connection ends. */
static inline void run_ms(unsigned ms)
{
	struct loop_timer t = { .fired = stop_loop };

	assert_int_equal(loop_timer_start(&loop, &t, ms, 0), 0);
	assert_int_equal(loop_run(&loop), 0);
	loop_timer_stop(&loop, &t);
}

static inline void client_watch(struct client *c, int fd)
{
	*c = (struct client){ .io = { .fd = fd, .ready = client_receive } };
	assert_true(fd >= 0);
	assert_int_equal(loop_add(&loop, &c->io, EPOLLIN), 0);
}

static inline void client_connect(struct client *c, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(unix_socket_call(connect, fd, path), 0);
	client_watch(c, fd);
}

/* Reads no more until it is watched again. */
static inline void client_pause(struct client *c)
{
	loop_del(&loop, &c->io);
}

static inline void say(struct client *c, const char *text, size_t len)
{
	assert_int_equal(send(c->io.fd, text, len, MSG_NOSIGNAL), len);
}

static inline void leave(struct client *c)
{
	if (!c->gone)
		loop_del(&loop, &c->io);
	close(c->io.fd);
	free(c->text);
}

static inline int mode_of(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	assert_int_equal(path_full(full, path), 0);
	return lstat(full, &st) < 0 ? -errno : (int)st.st_mode;
}

#endif
