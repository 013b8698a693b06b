/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll.h - asks for the metadata of every resource that is watched, again and again.
 *
 * Each resource has its own timer, with jitter (thousands of guests share one Heat), and backs off
 * on its own.  A local file can stand for Heat.  What is wrong is told when it begins and when it
 * ends, not each time.
 */
#ifndef HEAT_POLL_H
#define HEAT_POLL_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/conf.h"
#include "agent/http.h"
#include "agent/loop.h"
#include "heat/cfn.h"

enum { POLL_MAX = 16, POLL_STATE = 24 };

struct poll_source {
	struct polls *owner;
	char resource[CONF_STR];
	struct loop_timer timer;
	uint64_t next_ms; /* loop's clock */
	struct http_request rq;
	struct cfn_request cfn;
	bool busy;
	bool resigned;          /* asked again at once, with the clock corrected */
	unsigned failures;      /* in a row */
	char state[POLL_STATE]; /* "ok", "denied", "unreachable", ...; "" = not asked yet */
	char why[CFN_WHY];      /* plain words for a state that is not ok */
	uint64_t ok_ms;         /* of the last good answer; 0 = none */
};

struct polls {
	struct loop *loop;
	struct http *http;
	const struct conf *conf;
	long skew_s;            /* Heat's clock less ours; 0 while within a minute */
	char ca_file[PATH_MAX]; /* below the sysroot */
	unsigned count;
	struct poll_source source[POLL_MAX];

	/* A good answer.  `r` is borrowed; metadata NULL: the resource is gone from its stack. */
	void (*got)(struct polls *p, const char *resource, const struct cfn_resource *r);
	/* No request is under way any more. */
	void (*idle)(struct polls *p);
};

void polls_open(struct polls *p, struct loop *l, struct http *h);

/* Takes over a configuration: new resources are asked soon, `now`: all of them at once. */
void polls_conf(struct polls *p, const struct conf *cf, bool now);

void polls_now(struct polls *p);
bool polls_busy(const struct polls *p);
bool polls_failed(const struct polls *p); /* did any last poll fail? */

/* Is there nothing to poll, or nobody to ask?  A guest that is not set up yet. */
bool polls_lacking(const struct polls *p);

json_t *polls_status(const struct polls *p); /* array; the caller's reference */
void polls_close(struct polls *p);

#endif
