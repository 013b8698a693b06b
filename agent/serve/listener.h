/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener.h - a small HTTP/1.1 server on the loop, for probes and scrapers.
 *
 * It answers GET and HEAD, one exchange a connection; bodies are not read, and asked() answers at
 * once. Clients are untrusted: requests, time, memory and work are bounded; the administrator
 * decides on an address that is not local. Status 400 malformed, 404 no such path, 405 another
 * method, 431 a head of more than LISTENER_HEAD bytes.
 */
#ifndef AGENT_SERVE_LISTENER_H
#define AGENT_SERVE_LISTENER_H

#include <stddef.h>

#include "agent/base/loop.h"
#include "agent/serve/listener_request.h"
#include "agent/serve/stream_server.h"

enum {
	LISTENER_CALLERS = 16,       /* one or two are usual; more are closed without an answer */
	LISTENER_HEAD = 8192,        /* request line and headers; a browser sends 2 KiB */
	LISTENER_EXCHANGE_MS = 5000, /* from connection to its end, whatever the client does */
	LISTENER_JUNK = 64 << 10,    /* bytes discarded behind a request before the hang-up */
};

/* The answer of asked(). */
struct listener_answer {
	int status;       /* 404 unless it is set */
	const char *type; /* Content-Type, a constant; NULL: plain text */
	char *body;       /* allocated, the listener frees it; NULL: the status in words */
	size_t len;
};

struct listener;

/* Private. */
struct listener_client {
	struct listener *listener;
	struct stream_client stream;
	struct request rq;
	int status; /* of the request: 200, or that of its error */
};

struct listener {
	/* Private; a zeroed struct is closed. */
	struct stream_server server;
	void (*asked)(struct listener *, const char *path, struct listener_answer *ret);
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

/* Hangs up on all clients and removes the socket file if it is still this listener's. */
void listener_close(struct listener *l);

/* Returns the port in use, also if it was opened with port 0; or -errno, -EAFNOSUPPORT for a path. */
int listener_port(const struct listener *l);

#endif
