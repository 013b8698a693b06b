/* SPDX-License-Identifier: Apache-2.0 */
/* signals_rig.h - the queue of signals in a guest's folder; the test includes the file that it tests first. */
#ifndef TESTS_UNIT_LIB_SIGNALS_RIG_H
#define TESTS_UNIT_LIB_SIGNALS_RIG_H

#include "tests/unit/lib/guest.h"

#include "agent/base/log.h"
#include "heat/signal/signals.h"

static struct conf conf = { .timeout_s = 1, .signal_max_age_s = 3600 };
static long skew;
static struct loop loop;
static struct http http;
static struct keystone keystone;
static struct signals signals;

static inline void begin_signals(void)
{
	struct delivery_context cx = { .http = &http,
		.keystone = &keystone,
		.conf = &conf,
		.stack_arn = "",
		.skew_s = &skew };

	signals_open(&signals, &loop, &cx, &(struct signals_receivers){ 0 });
}

static inline int signals_setup(void **state)
{
	log_open(LOG_EMERG);
	if (guest_open(state) < 0 || loop_open(&loop) < 0 || http_open(&http, &loop) < 0)
		return -1;
	keystone_open(&keystone, &http);
	begin_signals();
	return 0;
}

static inline int signals_teardown(void **state)
{
	signals_close(&signals);
	keystone_close(&keystone);
	http_close(&http);
	loop_close(&loop);
	return guest_close(state);
}

#endif
