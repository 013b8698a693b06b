/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener_request.h - parses the head of an HTTP request; pure, for listener.c.
 *
 * Rejects input that another HTTP implementation could interpret differently (request smuggling): a
 * bare CR, control characters, folded headers, a blank before the colon, two Host headers. Lines
 * may end in LF alone, so that a request can be typed.
 */
#ifndef AGENT_SERVE_LISTENER_REQUEST_H
#define AGENT_SERVE_LISTENER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed: a new request. */
struct request {
	bool head;  /* HEAD, not GET */
	char *path; /* points into the buffer; begins with '/', visible ASCII, no query */

	/* Private. */
	size_t seen, line, begin;
	bool old; /* HTTP/1.0: Host is optional */
};

/*
 * Parses the head in buf of `len` bytes, more than at the last call. Returns 0 while it is
 * incomplete, or the status of the answer: 200 (rq->path is set), 400, 405. Modifies buf.
 */
int request_take(struct request *rq, char *buf, size_t len);

#endif
