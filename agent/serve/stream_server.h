/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_server.h - a bounded server of one request and one answer a connection, on a stream socket.
 *
 * The protocol (control.c, listener.c) parses the request and makes the answer. The server has the
 * connections: their number, time and memory are bounded, whatever clients do.
 */
#ifndef AGENT_SERVE_STREAM_SERVER_H
#define AGENT_SERVE_STREAM_SERVER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/loop.h"

enum { STREAM_CLIENTS = 16 }; /* most slots of a server */

/* A slot. All fields but `buffer` are private; the callbacks of the protocol read them. */
struct stream_client {
	struct stream_server *server;
	enum {
		STREAM_FREE,
		STREAM_READING, /* the request is not complete */
		STREAM_WAITING, /* respond() was called */
		STREAM_GONE,    /* the client hung up while it waited; kept until the answer */
		STREAM_WRITING, /* the answer is being written */
		STREAM_DRAINING /* written; the client has not closed its side yet */
	} state;
	uint64_t number; /* in the order of connecting */
	struct loop_fd io;
	struct loop_timer limit;
	char *buffer; /* set before open: protocol->request_max bytes */
	size_t len;   /* of the request, then of the answer's head in buffer */
	char *body;
	size_t body_len, sent, discarded;
};

struct stream_protocol {
	unsigned clients; /* slots; one more connection ends the oldest that has not asked yet */
	size_t request_max; /* bytes; a client whose longer request parse() has not ended is dropped */
	unsigned limit_ms;  /* for the whole exchange */
	bool limit_renewed; /* limit_ms is for the request, and again for each part of the answer */
	size_t discard_max; /* bytes read and ignored behind the request; 0: closes after the answer */
	bool (*accept)(
	        struct stream_client *c); /* before anything is read; false drops the client */
	/*
	 * Looks at the bytes in buffer; `ended`: no more will come. Returns > 0 if the request is
	 * complete, 0 if it is not, -errno to drop the client.
	 */
	int (*parse)(struct stream_client *c, bool ended);
	void (*respond)(struct stream_client *c); /* calls stream_server_reply(), then or later */
};

/* All fields are private, except those set before open. A zeroed struct is a closed server. */
struct stream_server {
	const struct stream_protocol *protocol;       /* set before open */
	struct stream_client *client[STREAM_CLIENTS]; /* set before open: protocol->clients */
	struct loop *loop;
	struct loop_fd io;
	uint64_t accepted;   /* connections since it was opened */
	char path[PATH_MAX]; /* of a unix socket, below the sysroot; "" = none */
	dev_t dev;
	ino_t ino;
};

/*
 * Listens at a unix socket, below the sysroot, in an existing folder; a stale socket is replaced.
 * Returns 0 or -errno, with nothing open: -EADDRINUSE if a process answers there, -EEXIST if the
 * path is not a socket.
 */
int stream_server_open_path(struct stream_server *s, struct loop *l, const char *path, mode_t mode);

/* Listens with a bound socket, which it owns from then on. Returns 0 or -errno, with fd closed. */
int stream_server_open_fd(struct stream_server *s, struct loop *l, int fd);

/*
 * Sends the first head_len bytes of the client's buffer, then body, which is freed. An empty answer
 * hangs up. The slot is no longer the caller's.
 */
void stream_server_reply(struct stream_client *c, size_t head_len, char *body, size_t body_len);

/* Hangs up on all clients and removes the socket file if it is still this server's. */
void stream_server_close(struct stream_server *s);

#endif
