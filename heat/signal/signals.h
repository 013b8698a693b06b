/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - all signals to Heat: predictions, results of deployments, cleared stack hooks. A
 * signal is spooled before it is sent, sent in order per receiver, and retried with back-off until
 * it is accepted or too old. Predictions are limited by their target's budget.
 */
#ifndef HEAT_SIGNAL_SIGNALS_H
#define HEAT_SIGNAL_SIGNALS_H

#include <jansson.h>

#include "agent/conf/conf.h"
#include "agent/data/event.h"
#include "agent/http/http.h"
#include "agent/store/rate_limit.h"
#include "agent/store/spool.h"
#include "heat/signal/delivery.h"

enum {
	SIGNALS_AT_ONCE = 4,
	/* limit of queued predictions; the rest of the spool is for deployments */
	SIGNALS_PREDICTIONS = 64,
};

struct signal_send {
	struct signals *owner;
	struct spool_entry *entry; /* NULL: idle */
	struct delivery delivery;
};

/* Receivers of news about queued signals, each with its own context.  Any may be NULL. */
struct signals_receivers {
	/* Takes the outcome of a try of the signal with this id.  True: needs no other try. */
	bool (*tried)(void *cx, const char *id, const struct delivery_result *res);
	void *tried_cx;
	/* The spool has room again. */
	void (*room)(void *cx);
	void *room_cx;
};

struct signals {
	struct loop *loop;
	struct delivery_context cx;
	struct signals_receivers to;
	struct spool spool;
	struct rate_limits budgets;
	struct loop_timer timer;
	struct signal_send send[SIGNALS_AT_ONCE];
	unsigned sent, given_up, url_renewed; /* since the start */
	char last_error[DELIVERY_WHY];
};

/*
 * `s` is all zeroes, so that unused pages stay untouched. cx and `to` are copied; their pointers
 * stay the caller's.
 */
void signals_open(struct signals *s, struct loop *l, const struct delivery_context *cx,
        const struct signals_receivers *to);
void signals_conf(struct signals *s, const struct conf *cf);

/* Queues the configured signals of this event. */
void signals_event(struct signals *s, const struct event *e);

/*
 * Queues a delivery (delivery.h) with these additional keys: "target", its name in logs; "order",
 * signals of the same order are sent one after the other; "id" (optional), a signal with the same
 * id is not queued twice. Takes ownership of `entry`. Returns 0, -ENOSPC if the spool is full, or
 * -ENOMEM.
 */
int signals_post(struct signals *s, json_t *entry);

/* Returns true if the signal with this id is on disk or accepted; false: in memory only. */
bool signals_kept(struct signals *s, const char *id);

/* Clears a stack hook ("RESOURCE pre-delete") after draining. */
int signals_clear_hook(struct signals *s, const char *clears);

json_t *signals_status(struct signals *s); /* object; the caller owns it */
void signals_close(struct signals *s);     /* pending signals stay on disk */

/* Builds the JSON body that a target receives for an event; the caller owns it. */
json_t *signal_body(const struct target *t, const struct event *e);

/* Builds the delivery of an event to a target for signals_post(); the caller owns it. */
json_t *signal_entry(const struct target *t, const struct event *e);

/*
 * Builds the transport part of a delivery from the `signal` attribute of a resource or the inputs
 * of a deployment. NULL: no signal (NO_SIGNAL) or no usable transport.
 */
json_t *signal_route(const json_t *attribute);

#endif
