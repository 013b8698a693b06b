/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - tells Heat (or anybody with a URL) of a predicted failure.
 *
 * A signal is spooled before it is sent, sent in order per URL, tried again with back-off until it
 * is taken or too old, and never more often than its target's budget allows.
 */
#ifndef HEAT_SIGNALS_H
#define HEAT_SIGNALS_H

#include <jansson.h>

#include "agent/budget.h"
#include "agent/conf.h"
#include "agent/event.h"
#include "agent/http.h"
#include "agent/spool.h"

enum { SIGNALS_AT_ONCE = 4, SIGNAL_WHY = 240 };

struct signal_send {
	struct signals *owner;
	struct spool_entry *entry; /* NULL: idle */
	struct http_request rq;
};

struct signals {
	struct loop *loop;
	struct http *http;
	const struct conf *conf;
	struct spool spool;
	struct budgets budgets;
	struct loop_timer timer;
	struct signal_send send[SIGNALS_AT_ONCE];
	unsigned sent, given_up; /* since the start */
	char last_error[SIGNAL_WHY];
};

void signals_open(struct signals *s, struct loop *l, struct http *h, const struct conf *cf);
void signals_conf(struct signals *s, const struct conf *cf);

/* Queues what the configuration says is to be told of this event. */
void signals_event(struct signals *s, const struct event *e);

json_t *signals_status(struct signals *s); /* object; the caller's reference */
void signals_close(struct signals *s);     /* what waits stays on disk */

/* The body that a target is sent for an event: JSON; the caller's reference. */
json_t *signal_body(const struct target *t, const struct event *e);

#endif
