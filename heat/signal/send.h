/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send.h - sends one signal of a short-lived program, whose caller waits.
 *
 * A running daemon queues the signal on disk and sends it in order with all others, so that it
 * cannot be lost. Without a daemon the program sends it itself.
 */
#ifndef HEAT_SIGNAL_SEND_H
#define HEAT_SIGNAL_SEND_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "heat/signal/delivery.h"

/* Exit statuses: curl's where curl has one, as in the reference; else those of sysexits. */
enum send_status {
	SEND_ACCEPTED = 0,
	SEND_FAILED = 1, /* local failure */
	SEND_USAGE = 2,
	SEND_DNS = 6,
	SEND_CONNECT = 7,
	SEND_HTTP = 22, /* an HTTP answer that does not accept the signal */
	SEND_TIMEOUT = 28,
	SEND_BROKEN = 56, /* the connection broke before an answer */
	SEND_TLS = 60,
	SEND_INPUT = 65,  /* the input cannot be read */
	SEND_QUEUED = 75, /* not delivered yet: the daemon has queued it and retries */
	SEND_NO_KEYS = 78,
};

struct send_options {
	const struct conf *conf;
	unsigned timeout_s;
	bool alone; /* do not use the daemon: the given credentials are not the daemon's */
};

/* Returns the exit status for the result of an attempt. */
enum send_status send_status(const struct delivery_result *res);

/* Returns true if a retry would have the same result. */
bool send_is_final(const struct delivery_result *res);

/*
 * Takes ownership of `entry` (signals.h). Sets `why` to one sentence; "" if the signal was
 * accepted.
 */
enum send_status send_signal(
        const struct send_options *t, json_t *entry, char why[static DELIVERY_WHY]);

/*
 * Sends without the daemon: retries with back-off until it is accepted, rejected, or timeout_s has
 * passed.
 */
enum send_status send_direct(
        const struct send_options *t, const json_t *entry, char why[static DELIVERY_WHY]);

#endif
