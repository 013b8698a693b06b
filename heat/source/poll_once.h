/* SPDX-License-Identifier: Apache-2.0 */
/* poll_once.h - one poll of one source by the daemon's own code, which leaves no trace: a message stays in its queue. */
#ifndef HEAT_SOURCE_POLL_ONCE_H
#define HEAT_SOURCE_POLL_ONCE_H

#include "heat/source/poll.h"

/* A quarter of a megabyte: not for the stack. */
struct poll_trial {
	struct loop loop;
	struct http http;
	struct keystone keystone;
	struct polls polls;
	struct conf conf;

	json_t *doc; /* a reference, released by the next poll_once(); NULL: none has come */
	char state[POLL_STATE], why[CFN_WHY], type[128];
	char stack_arn[512]; /* "" = the transport does not tell */
	int error;           /* of the last request, as of struct http_request */
	long skew_s;
};

/* Polls once, and waits for the result; *t is zeroed, or was used before. */
void poll_once(struct poll_trial *t, const struct conf *cf, const struct source *src);

#endif
