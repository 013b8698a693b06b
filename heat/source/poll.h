/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll.h - polls every source for its metadata. Each source has its own timer and schedule
 * (poll_schedule.h). A fault is logged when it begins and when it ends. The transports (source.h)
 * make the requests.
 */
#ifndef HEAT_SOURCE_POLL_H
#define HEAT_SOURCE_POLL_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "agent/base/loop.h"
#include "agent/conf/conf.h"
#include "agent/http/http.h"
#include "heat/api/cfn.h"
#include "heat/api/keystone.h"
#include "heat/source/poll_schedule.h"

/* One more than there are sources: one that leaves may still be at work. */
enum { POLL_MAX = SOURCE_MAX + 1, POLL_STATE = 24 };

struct source_ops;

struct poll_source {
	struct polls *owner;
	struct source src; /* src.resource "": this slot is free */
	const struct source_ops *transport;
	struct loop_timer timer;
	uint64_t next_ms; /* loop's clock */
	bool busy;
	bool taking, leaving; /* its answer is being taken in; ... and has brought its own end */
	unsigned failures;    /* in a row */
	struct poll_schedule pace;
	char state[POLL_STATE]; /* "ok", "denied", "unreachable", ...; "" = not asked yet */
	char why[CFN_WHY];      /* plain words for a state that is not ok */
	uint64_t ok_ms;         /* of the last good answer; 0 = none */
	uint64_t requests;      /* sent, since the start */

	json_t *doc;   /* the last good answer's metadata; NULL: none */
	json_t *files; /* a local source's: name -> content; NULL: it has only the one */
	char physical_id[256], type[128]; /* type: "" = the transport does not tell */

	/* The transport's own. */
	struct http_request rq;
	struct keystone_wait login;
	struct cfn_request cfn;
	char url[CFN_URL];
	const char *headers[4];
	char *since[HTTP_HEADERS]; /* Last-Modified and ETag, as header lines to be sent back */
	json_t *claimed;           /* messages that are to be deleted, one after the other */
	time_t newest; /* when the newest message taken was posted, by the server's clock */
	bool more;     /* the next request is followed by another at once */
	bool unsure;   /* a claim was sent and its answer may be lost */
	bool again;    /* has been asked again at once: clock corrected, token renewed */
};

struct polls {
	struct loop *loop;
	struct http *http;
	struct keystone *keystone;
	const struct conf *conf;
	long skew_s;         /* Heat's clock less ours; 0 while within a minute */
	char stack_arn[512]; /* of the own stack, from the CFN API; "" = unknown */
	bool only_look;      /* nothing is to change: messages stay in their queue, for others */
	unsigned count;
	struct poll_source source[POLL_MAX];

	/*
	 * A good answer: s->doc and its like are new.  `gone`: the resource is no longer in its stack.
	 * 0, or -errno when it could not be kept on disk: a message is then not deleted.
	 */
	int (*got)(struct polls *p, struct poll_source *s, bool gone);
	/*
	 * Returns a new reference to the last known metadata of a resource, or NULL. May be NULL.
	 */
	json_t *(*recall)(struct polls *p, const char *resource);
};

/* *p is all zeros: most of its pages are never touched, and cost nothing as long. */
void polls_open(struct polls *p, struct loop *l, struct http *h, struct keystone *k);

/* Takes over a configuration: new sources are asked soon, `now`: all of them at once. */
void polls_conf(struct polls *p, const struct conf *cf, bool now);

/* The one that polls this source of the configuration; NULL: none. */
struct poll_source *polls_find(struct polls *p, const struct source *src);

/*
 * Does this source speak for its resource now?  One on standby does while those that should have failed
 * three times in a row.
 */
bool polls_is_authoritative(const struct polls *p, const struct poll_source *s);

void polls_now(struct polls *p);
bool polls_busy(const struct polls *p);
bool polls_failed(const struct polls *p); /* did any last poll fail? */

/* Returns whether there is no source to poll, or no resource: the guest is not set up yet. */
bool polls_unconfigured(const struct polls *p);

json_t *polls_status(const struct polls *p); /* array; the caller's reference */
void polls_close(struct polls *p);

#endif
