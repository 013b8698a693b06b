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
enum send_status {
	SEND_ACCEPTED = 0,
	SEND_FAILED = 1, /* ourselves */
	SEND_USAGE = 2,
	SEND_DNS = 6,
	SEND_CONNECT = 7,
	SEND_HTTP = 22, /* an answer that is no acceptance */
	SEND_TIMEOUT = 28,
	SEND_BROKEN = 56, /* the connection, before there was an answer */
	SEND_TLS = 60,
	SEND_INPUT = 65,  /* the input cannot be read */
	SEND_QUEUED = 75, /* not delivered yet: the daemon has queued it and retries */
	SEND_NO_KEYS = 78,
};

struct send_options {
	const struct conf *conf;
	unsigned patience_s;
	bool alone; /* without the daemon, because the given credentials are not the daemon's */
};

/* How a try ended. */
enum send_status send_status(const struct delivery_result *res);

/* Would the same be answered again in a moment? */
bool send_is_final(const struct delivery_result *res);

/* Takes over `entry` (signals.h); `why` is one sentence, "" when it is taken. */
enum send_status send_signal(
        const struct send_options *t, json_t *entry, char why[static DELIVERY_WHY]);

/* By ourselves: tried again with back-off, until it is taken, refused, or patience is at its end. */
enum send_status send_direct(
        const struct send_options *t, const json_t *entry, char why[static DELIVERY_WHY]);

#endif
