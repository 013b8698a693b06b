/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - a unix socket by which the daemon's own commands ask it things.
 *
 * One request a connection: a line in, any text out, closed.  Only root and the daemon's own user
 * are listened to.
 */
#ifndef AGENT_CONTROL_H
#define AGENT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/loop.h"

enum {
	CONTROL_PEERS = 8, /* at a time; more wait in the kernel's queue */
	CONTROL_LINE = 256,
	CONTROL_PATIENCE_MS = 10000, /* for a whole request, and for taking the answer */
};

struct control_peer {
	struct control *control;
	struct loop_fd io; /* fd -1: free */
	struct loop_timer patience;
	bool asked; /* its request is with the daemon */
	char line[CONTROL_LINE];
	size_t len;
	char *answer; /* being sent */
	size_t answer_len, sent;
};

struct control {
	struct loop *loop;
	struct loop_fd io;
	const char *path;
	struct control_peer peer[CONTROL_PEERS];
	/* A whole line, without its end.  control_answer() ends it, now or later. */
	void (*asked)(struct control_peer *p, const char *line);
	/* One that has asked is gone before it was answered. */
	void (*left)(struct control_peer *p);
};

/* Listens on `path`, below the sysroot, mode 0600; kept by reference.  0 or -errno. */
int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *, const char *), void (*left)(struct control_peer *));

void control_answer(struct control_peer *p, const char *text, size_t len);

void control_close(struct control *c); /* removes the socket */

/*
 * The other side: one question, waited for up to timeout_ms (-1: for ever).  *ret is the caller's to
 * free.  -ENOENT, -ECONNREFUSED: no daemon.
 */
int control_ask(const char *path, const char *line, int timeout_ms, char **ret, size_t *ret_len);

#endif
