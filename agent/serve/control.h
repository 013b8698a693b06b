/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the unix stream socket between one-shot commands and the running daemon.
 *
 * Each connection has one request: a line of at most CONTROL_LINE bytes with its newline. The
 * answer is a text of at least one byte, and ends with the connection. The socket has mode 0600,
 * and the peer must be root or have the daemon's user id (SO_PEERCRED), whatever the mode is.
 */
#ifndef AGENT_SERVE_CONTROL_H
#define AGENT_SERVE_CONTROL_H

#include <stddef.h>

#include "agent/base/loop.h"
#include "agent/serve/stream_server.h"

enum {
	CONTROL_LINE = 4096,
	CONTROL_PEERS = 8,            /* one or two are usual; more are closed without an answer */
	CONTROL_SILENCE_MS = 10000,   /* for the whole request, and for each part of the answer */
	CONTROL_ANSWER_MAX = 4 << 20, /* bytes that control_ask() accepts */
};

/* The path at which the daemon listens, below the sysroot. */
extern const char control_socket_path[];

struct control;

/* A peer with its request. All fields but `control` are private. */
struct control_peer {
	struct control *control;
	struct stream_client stream;
	char line[CONTROL_LINE];
};

struct control {
	/* Private; a zeroed struct is closed. */
	struct stream_server server;
	void (*asked)(struct control_peer *p, const char *line);
	struct control_peer peer[CONTROL_PEERS];
};

/*
 * Listens at path, below the sysroot, in an existing folder. asked() receives each request without
 * its newline, valid until the answer; call control_answer() once for each, then or later. *c is
 * all zeros, or has been closed. Returns 0 or -errno: -EADDRINUSE if a daemon answers there,
 * -EEXIST if the path is not a socket. A stale socket is replaced.
 */
int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *p, const char *line));

/* Copies the answer and sends it as the peer reads it; p is no longer the caller's. */
void control_answer(struct control_peer *p, const char *text, size_t len);

/*
 * Hangs up on all peers and removes the socket file if it is still this daemon's. Requests that are
 * open then must not be answered.
 */
void control_close(struct control *c);

/*
 * Asks the daemon at path (below the sysroot) and waits for the whole answer, for timeout_ms at most
 * in all (< 0: without a limit). The caller frees *ret, which ends in NUL. Returns 0 or -errno:
 * -ENOENT or -ECONNREFUSED if no daemon is there, -EACCES without permission, -ETIMEDOUT, -ECONNRESET
 * if it hung up without an answer (it ended, or has too many peers), -EFBIG, -EINVAL for a line that
 * is empty, too long, or two.
 */
int control_ask(const char *path, const char *line, int timeout_ms, char **ret, size_t *ret_len);

#endif
