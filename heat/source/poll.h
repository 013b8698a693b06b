/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll.h - polls every source for its metadata. Each source has its own timer and schedule
 * (poll_schedule.h). A fault is logged when it begins and when it ends. The transports (source_*.c)
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

/* One more than there are sources: a removed source may still be busy. */
enum { POLL_MAX = SOURCE_MAX + 1, POLL_STATE = 24 };

struct source_ops;

struct poll_source {
	struct polls *owner;
	struct source src; /* src.resource "": this slot is free */
	const struct source_ops *transport;
	struct loop_timer timer;
	uint64_t next_ms; /* loop's clock */
	bool busy;
	/*
	 * delivering: inside got(); removed: the new settings dropped this source while delivering
	 */
	bool delivering, removed;
	unsigned failures; /* in a row */
	struct poll_schedule pace;
	char state[POLL_STATE]; /* "ok", "denied", "unreachable", ...; "": not polled yet */
	char why[CFN_WHY];      /* explanation of a state that is not ok */
	uint64_t ok_ms;         /* of the last good answer; 0 = none */
	uint64_t requests;      /* sent, since the start */

	json_t *doc;   /* the metadata of the last good answer; NULL: none */
	json_t *files; /* of a local source: name -> content; NULL: it has one document */
	char physical_id[256], type[128]; /* type: "" if the transport has none */

	/* Private to the transport. */
	struct http_request rq;
	struct keystone_wait login;
	struct cfn_request cfn;
	char url[CFN_URL];
	const char *headers[4];
	/* Last-Modified and ETag of the last answer, as request headers */
	char *since[HTTP_HEADERS];
	json_t *claimed;          /* messages to be deleted, one after the other */
	size_t parts, part_bytes; /* EC2: answers of the read under way */
	time_t newest_posted; /* server's time at which the newest accepted message was posted */
	bool more;            /* another request follows this one at once */
	bool claim_unknown;   /* a claim was sent and no answer arrived */
	bool retried; /* already retried at once after a clock correction or a rejected token */
};

struct polls {
	struct loop *loop;
	struct http *http;
	struct keystone *keystone;
	const struct conf *conf;
	long skew_s;         /* Heat's clock minus the guest's; 0 if less than a minute */
	char stack_arn[512]; /* of the own stack, from the CFN API; "" = unknown */
	bool read_only;      /* read only: messages stay in their queue */
	unsigned count;
	struct poll_source source[POLL_MAX];

	/*
	 * Called for a good answer: s->doc, s->files and s->physical_id are new. `gone`: the
	 * resource is no longer in its stack. Returns 0, or -errno if it could not be written to
	 * disk: a message is then not deleted.
	 */
	int (*got)(struct polls *p, struct poll_source *s, bool gone);
	/*
	 * Returns a new reference to the last known metadata of a resource, or NULL. May be NULL.
	 */
	json_t *(*recall)(struct polls *p, const char *resource);
};

/* Sets up *p, which must be all zeros: unused pages then cost no memory. */
void polls_open(struct polls *p, struct loop *l, struct http *h, struct keystone *k);

/* Applies a configuration: new sources are polled soon, or with `now` all of them at once. */
void polls_conf(struct polls *p, const struct conf *cf, bool now);

/* Returns the state of a configured source; NULL: none. */
struct poll_source *polls_find(struct polls *p, const struct source *src);

/*
 * Returns true if the source is authoritative for its resource: a standby source is after three
 * failures in a row of its primary sources.
 */
bool polls_is_authoritative(const struct polls *p, const struct poll_source *s);

void polls_now(struct polls *p);
bool polls_busy(const struct polls *p);
bool polls_failed(const struct polls *p); /* has any last poll failed? */

/* Returns true if no source or no resource is configured: the guest is not set up yet. */
bool polls_unconfigured(const struct polls *p);

json_t *polls_status(const struct polls *p); /* array; the caller owns it */
void polls_close(struct polls *p);

#endif
