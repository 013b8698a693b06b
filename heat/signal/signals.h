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
	SIGNALS_PREDICTIONS = 64, /* of the spool's room: the rest is for deployments */
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
 * Queues a delivery (delivery.h) with, beside it: "target", its name in logs; "order", those of the
 * same are sent one after the other; "id", one with the same is not queued twice, NULL-able.  Takes
 * over `entry`.  0, -ENOSPC when there is no room, -ENOMEM.
 */
int signals_post(struct signals *s, json_t *entry);

/* Is the one with this id safe: on disk, or taken?  False: in memory only. */
bool signals_kept(struct signals *s, const char *id);

/* Clears a stack hook ("RESOURCE pre-delete") after draining. */
int signals_clear_hook(struct signals *s, const char *clears);

json_t *signals_status(struct signals *s); /* object; the caller's reference */
void signals_close(struct signals *s);     /* what waits stays on disk */

/* The body that a target is sent for an event: JSON; the caller's reference. */
json_t *signal_body(const struct target *t, const struct event *e);

/* The delivery of an event to a target, ready for signals_post(); the caller's reference. */
json_t *signal_entry(const struct target *t, const struct event *e);

/*
 * How something with a `signal` attribute, or a deployment with its inputs, is signalled: the road's
 * part of a delivery.  NULL: not at all (NO_SIGNAL), or there is no telling how.
 */
json_t *signal_route(const json_t *attribute);

#endif
