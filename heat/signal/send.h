/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - one signal of a program that ends: delivered while its caller waits.
 *
 * A daemon that runs takes it into its spool first and sends it from there, in order with all others, so
 * that nothing is lost from then on.  Without one the program sends it itself.
 */
#ifndef HEAT_SIGNAL_SEND_H
#define HEAT_SIGNAL_SEND_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "heat/signal/delivery.h"

/* Exit statuses: curl's, as the reference has them, where curl has one; sysexits' beyond. */
enum tell_status {
	TELL_TAKEN = 0,
	TELL_FAILED = 1, /* ourselves */
	TELL_USAGE = 2,
	TELL_DNS = 6,
	TELL_CONNECT = 7,
	TELL_HTTP = 22, /* an answer that is no acceptance */
	TELL_TIMEOUT = 28,
	TELL_BROKEN = 56, /* the connection, before there was an answer */
	TELL_TLS = 60,
	TELL_INPUT = 65, /* what is to be told cannot be read */
	TELL_KEPT = 75,  /* not delivered yet: the daemon has it, and goes on */
	TELL_NO_KEYS = 78,
};

struct tell {
	const struct conf *conf;
	unsigned patience_s;
	bool alone; /* not by the daemon: what was given here is not what it has */
};

/* How a try ended. */
enum tell_status tell_status(const struct delivery_result *res);

/* Would the same be answered again in a moment? */
bool tell_final(const struct delivery_result *res);

/* Takes over `entry` (signals.h); `why` is one sentence, "" when it is taken. */
enum tell_status tell(const struct tell *t, json_t *entry, char why[static DELIVERY_WHY]);

/* By ourselves: tried again with back-off, until it is taken, refused, or patience is at its end. */
enum tell_status tell_alone(
        const struct tell *t, const json_t *entry, char why[static DELIVERY_WHY]);

#endif
