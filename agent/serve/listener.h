/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - a small HTTP/1.1 server on the loop, for probes and scrapers.
 *
 * GET and HEAD, one exchange a connection, bodies are not read, and asked() answers at once.
 * Clients are untrusted: requests, time, memory and work are bounded; the administrator decides on
 * an address that is not local. Status 400 malformed, 404 no such path, 405 another method, 431 a
 * head of more than LISTENER_HEAD bytes.
 */
#ifndef AGENT_SERVE_LISTENER_H
#define AGENT_SERVE_LISTENER_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/base/loop.h"
#include "agent/serve/listener_request.h"

enum {
	LISTENER_CALLERS = 16,       /* one or two are usual; beyond it, closed without an answer */
	LISTENER_HEAD = 8192,        /* request line and headers; a browser's have 2 KiB */
	LISTENER_EXCHANGE_MS = 5000, /* from connection to its end, however it is spent */
	LISTENER_JUNK = 64 << 10,    /* thrown away behind a request before we hang up */
};

/* The answer of asked(). */
struct listener_answer {
	int status;       /* 404 unless it is set */
	const char *type; /* Content-Type, a constant; NULL: plain text */
	char *body;       /* allocated, the listener's to free; NULL: a word for the status */
	size_t len;
};

struct listener;

/* Private. */
struct listener_client {
	struct listener *listener;
	enum {
		CLIENT_FREE,
		CLIENT_ASKING,   /* the head is not complete */
		CLIENT_REPLYING, /* the answer is being written */
		CLIENT_DRAINING  /* it is: we wait for the other side to close */
	} state;
	struct loop_fd io;
	struct loop_timer limit;
	struct request rq;
	char *head; /* LISTENER_HEAD bytes: of the request, then of the answer */
	size_t head_len;
	char *body;
	size_t body_len, sent, junk;
};

struct listener {
	/* Private; a zeroed struct is a closed one. */
	struct loop *loop;
	struct loop_fd io;
	void (*asked)(struct listener *, const char *path, struct listener_answer *ret);
	char path[PATH_MAX]; /* of a unix socket, below the sysroot; "" = none */
	dev_t dev;
	ino_t ino;
	struct listener_client caller[LISTENER_CALLERS];
	char head[LISTENER_CALLERS][LISTENER_HEAD]; /* unused pages are never touched */
};

/*
 * Listens at an address of address.h. "[::]:9100" accepts IPv4 too. The path of a unix socket is
 * below the sysroot, in an existing folder; every user who can enter the folder can connect; a
 * stale socket is replaced. asked() gets the path of each request without its query, never empty,
 * not decoded; it must not close the listener. Returns 0 or -errno, with nothing open: -EINVAL for
 * an address that address_check() rejects, -EADDRINUSE, -EADDRNOTAVAIL, -EACCES; -EEXIST if the path
 * is not a socket.
 */
int listener_open(struct listener *l, struct loop *loop, const char *address,
        void (*asked)(struct listener *, const char *path, struct listener_answer *ret));

/* Hangs up on all; removes the socket file if it is still ours. */
void listener_close(struct listener *l);

/* The port in use, for one that was opened with port 0; -errno, -EAFNOSUPPORT for unix:PATH. */
int listener_port(const struct listener *l);

#endif
