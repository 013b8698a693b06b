/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_once.h - polls one source once with the daemon's code and without side effects: messages
 * stay in their queue.
 */
#ifndef HEAT_SOURCE_POLL_ONCE_H
#define HEAT_SOURCE_POLL_ONCE_H

#include "heat/source/poll.h"

/* Too large for the stack: 250 KiB. */
struct poll_trial {
	struct loop loop;
	struct http http;
	struct keystone keystone;
	struct polls polls;
	struct conf conf;

	json_t *doc; /* released by the next poll_once(); NULL: no answer */
	char state[POLL_STATE], why[CFN_WHY], type[128];
	char stack_arn[512]; /* "": the transport has none */
	int error;           /* -errno of the last request, as in struct http_request */
	long skew_s;
};

/* Polls once and waits for the result. *t is zeroed or from an earlier call. */
void poll_once(struct poll_trial *t, const struct conf *cf, const struct source *src);

#endif
