/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listener_request.h - the head of an HTTP request: pure, for listener.c.
 *
 * Strict where a lenient reader could be led to see another request than the one before it did: a
 * bare CR, control characters, folded headers, a blank before the colon, two Hosts are refused.
 * Lines may end in LF alone, so that a request can be typed.
 */
#ifndef AGENT_SERVE_LISTENER_REQUEST_H
#define AGENT_SERVE_LISTENER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* A zeroed one begins. */
struct request {
	bool head;  /* HEAD, not GET */
	char *path; /* in the buffer; begins with '/', visible ASCII, no query */

	/* Private. */
	size_t seen, line, begin;
	bool old; /* HTTP/1.0: need not say Host */
};

/*
 * Parses the head in buf of `len` bytes, more than at the last call. Returns 0 while it is
 * incomplete, or the status of the answer, with buf cut to pieces: 200 (rq->path is set), 400, 405.
 */
int request_take(struct request *rq, char *buf, size_t len);

#endif
