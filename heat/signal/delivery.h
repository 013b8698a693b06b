/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - one signal on its way: by which road, with whose credentials, and whether it arrived.
 *
 * What is to be delivered is an object of a spool:
 *
 *   way       "url": a pre-signed URL or TempURL; "heat": Heat's own API with a token;
 *             "own": the same, as whoever we are to Heat ourselves; "zaqar": a message to a queue;
 *             "unhealthy": PATCH of a resource
 *   method    "url": PUT or POST; "own", where it is signed: PUT as to a wait condition
 *   url       "url", and where "unhealthy" gives a whole one: a secret
 *   text      the body, JSON
 *   other_text  the same in a wait condition's other words, for one that does not take `text`
 *   token     "url": of Keystone's, where the URL itself is not signed
 *   insecure  "url": true: whoever answers there
 *   user      keystone.h: "heat", "zaqar", "unhealthy"
 *   stack     "NAME/UUID": "heat"; "own": no other than this one
 *   resource  logical name: "heat", "own", "unhealthy"
 *   queue     "zaqar"
 *   confirm   id of a signal to a native wait condition, looked up afterwards
 *   patient   true: a refusal may pass with time (a stack hook that is not reached yet)
 *
 * A URL that Heat no longer takes is signed anew, or the same is said over Heat's own API.
 */
#ifndef HEAT_SIGNAL_DELIVERY_H
#define HEAT_SIGNAL_DELIVERY_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/http/http.h"
#include "heat/api/cfn.h"
#include "heat/api/keystone.h"

enum { DELIVERY_WHY = 320 };

/* The server's identity and state; all borrowed, and may change between deliveries. */
struct delivery_context {
	struct http *http;
	struct keystone *keystone;
	const struct conf *conf;
	const char *stack_arn; /* from the CFN API; "" = unknown */
	const long *skew_s;    /* Heat's clock less ours */
};

struct delivery_result {
	bool taken, confirmed, url_renewed;
	bool permanent; /* repeating the signal does not change this answer */
	long status, retry_after_s;
	int error;              /* -errno: there was no whole answer; -ENOKEY: no credentials */
	char why[DELIVERY_WHY]; /* when not taken; no secrets in it */
};

struct delivery {
	/*
	 * Called once for each delivery_start() that returned 0, unless cancelled; may start it
	 * again.
	 */
	void (*done)(struct delivery *d, const struct delivery_result *res);

	/* Private. */
	const struct delivery_context *cx;
	const json_t *what;
	struct http_request rq;
	struct keystone_wait login;
	struct loop_timer timer;
	struct keystone_user user;
	char url[CFN_URL], stack[CONF_STR], resource[CONF_STR];
	const char *headers[5];
	char *text, *auth;
	const char *way; /* in force: may differ from the one asked for */
	bool renewed, url_renewed, used_fallback;
	unsigned looked; /* for a confirmation, so many times */
};

/* `what` is borrowed until done(), which may come before this returns.  0, or -errno. */
int delivery_start(struct delivery *d, const struct delivery_context *cx, const json_t *what);
void delivery_cancel(struct delivery *d);

#endif
