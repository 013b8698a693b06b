/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delivery.h - sends one signal: chooses transport and credentials, and checks its arrival.
 *
 * A delivery is a JSON object of the spool:
 *
 *   way       "url": a pre-signed URL or TempURL; "heat": Heat's own API with a token;
 *             "own": the same with the server's own credentials; "zaqar": a message to a queue;
 *             "unhealthy": PATCH of a resource
 *   method    "url": PUT or POST; "own" with a signature: PUT for a wait condition
 *   url       "url", or a whole URL for "unhealthy": a secret
 *   text      the body, JSON
 *   other_text  the same with the other keys of a wait condition, sent if `text` is rejected
 *   token     "url": a Keystone token, if the URL itself is not signed
 *   insecure  "url": true: the certificate is not verified
 *   user      keystone.h: "heat", "zaqar", "unhealthy"
 *   stack     "NAME/UUID": "heat"; "own": required stack
 *   resource  logical name: "heat", "own", "unhealthy"
 *   queue     "zaqar"
 *   confirm   id of a signal to a native wait condition; its arrival is checked
 *   patient   true: a rejection may be temporary (a stack hook that is not reached yet)
 *
 * A URL that Heat rejects is signed again, or the signal is sent through Heat's native API.
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

/*
 * The server's identity and state. All pointers are borrowed; the data may change between
 * deliveries.
 */
struct delivery_context {
	struct http *http;
	struct keystone *keystone;
	const struct conf *conf;
	const char *stack_arn; /* from the CFN API; "" = unknown */
	const long *skew_s;    /* Heat's clock minus the guest's */
};

struct delivery_result {
	bool taken, confirmed, url_renewed;
	bool permanent; /* repeating the signal does not change this answer */
	long status, retry_after_s;
	int error;              /* -errno: no complete answer; -ENOKEY: no credentials */
	char why[DELIVERY_WHY]; /* set if not accepted; contains no secrets */
};

struct delivery {
	/*
	 * Called once for each delivery_start() that returned 0, unless cancelled; may start it
	 * again.
	 */
	void (*done)(struct delivery *d, const struct delivery_result *res);

	/* Private. */
	const struct delivery_context *cx;
	const json_t *spec;
	struct http_request rq;
	struct keystone_wait login;
	struct loop_timer timer;
	struct keystone_user user;
	char url[CFN_URL], stack[CONF_STR], resource[CONF_STR];
	const char *headers[5];
	char *text, *auth;
	const char *way; /* transport in use; may differ from the requested one */
	bool token_renewed, url_renewed, used_fallback;
	unsigned checks; /* number of confirmation checks */
};

/*
 * Starts a delivery. `spec` is borrowed until done(), which may be called before this returns.
 * Returns 0 or -errno.
 */
int delivery_start(struct delivery *d, const struct delivery_context *cx, const json_t *spec);
void delivery_cancel(struct delivery *d);

#endif
