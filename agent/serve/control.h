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

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/base/loop.h"

enum {
	CONTROL_LINE = 4096,
	CONTROL_PEERS = 8,          /* one or two are usual; beyond it, closed without an answer */
	CONTROL_SILENCE_MS = 10000, /* for a request to be complete; for some answer to be read */
	CONTROL_ANSWER_MAX = 4 << 20, /* that control_ask() takes */
};

/* The path at which the daemon listens, below the sysroot. */
extern const char control_socket_path[];

struct control;

/* A peer with its request. All fields but `control` are private. */
struct control_peer {
	struct control *control;
	enum {
		PEER_FREE,
		PEER_ASKING,  /* its line is not complete */
		PEER_WAITING, /* asked() was called */
		PEER_GONE,    /* left while it waited: kept until it is answered */
		PEER_REPLYING /* the answer is being written */
	} state;
	struct loop_fd io;
	struct loop_timer silence;
	char line[CONTROL_LINE];
	size_t len;
	char *answer;
	size_t answer_len, sent;
};

struct control {
	/* Private; a zeroed struct is a closed one. */
	struct loop *loop;
	struct loop_fd io;
	void (*asked)(struct control_peer *p, const char *line);
	char path[PATH_MAX];
	dev_t dev;
	ino_t ino;
	struct control_peer peer[CONTROL_PEERS];
};

/*
 * Listens at path, below the sysroot, in an existing folder. asked() gets each request without its
 * newline, valid until the answer; call control_answer() once for each, then or later. *c is all
 * zeros, or has been closed. Returns 0 or -errno: -EADDRINUSE if a daemon answers there, -EEXIST if
 * the path is not a socket. A stale socket is replaced.
 */
int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *p, const char *line));

/* Copies the answer and sends it as it can be sent; p is no longer the caller's. */
void control_answer(struct control_peer *p, const char *text, size_t len);

/*
 * Hangs up on all and removes the socket, if it is still ours.  Requests not yet answered need no
 * answer then, and may get none.
 */
void control_close(struct control *c);

/*
 * The other side: asks the daemon at path (below the sysroot) and waits for the whole answer, for
 * timeout_ms at most in all (< 0: as long as it takes).  *ret is the caller's to free and ends in
 * NUL.  0 or -errno: -ENOENT or -ECONNREFUSED when no daemon is there, -EACCES when it may not be
 * asked, -ETIMEDOUT, -ECONNRESET when it hung up without an answer (too many asked at once, or it
 * ended), -EFBIG, -EINVAL for a line that is empty, too long, or two.
 */
int control_ask(const char *path, const char *line, int timeout_ms, char **ret, size_t *ret_len);

#endif
