/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - when one is given up. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "heat/signal/signals.c"
#include "tests/unit/lib/guest.h"

static struct conf conf = { .timeout_s = 1, .signal_max_age_s = 3600 };
static long skew;
static struct loop loop;
static struct http http;
static struct keystone keystone;
static struct signals signals;

static void begin(void)
{
	struct delivery_context cx = { .http = &http,
		.keystone = &keystone,
		.conf = &conf,
		.stack_arn = "",
		.skew_s = &skew };

	signals_open(&signals, &loop, &cx);
}

FIXTURE(setup)
{
	log_open(LOG_EMERG);
	if (guest_open(state) < 0 || loop_open(&loop) < 0 || http_open(&http, &loop) < 0)
		return -1;
	keystone_open(&keystone, &http);
	begin();
	return 0;
}

FIXTURE(teardown)
{
	signals_close(&signals);
	keystone_close(&keystone);
	http_close(&http);
	loop_close(&loop);
	return guest_close(state);
}

/* One that waits for its next try. */
static struct spool_entry *waiting(void)
{
	struct spool_entry *e = spool_add(&signals.spool,
	        json_pack("{ss ss}", "target", "t", "url", "http://127.0.0.1:9/"), time(NULL));

	assert_non_null(e);
	e->due_ms = UINT64_MAX;
	return e;
}

TEST(refusals_count_in_a_row_for_an_hour)
{
	struct spool_entry *e = waiting();

	for (int i = 0; i < 20; i++)
		on_signal_failed(&signals, e, false, 0); /* Heat is away for hours, */
	for (int i = 0; i < HOPELESS_TRIES - 1; i++)
		on_signal_failed(&signals, e, true, 0); /* comes up in disorder, */
	on_signal_failed(&signals, e, false, 0);
	for (int i = 0; i < HOPELESS_TRIES - 1; i++)
		on_signal_failed(&signals, e, true, 0);
	assert_int_equal(spool_count(&signals.spool), 1);
	on_signal_failed(&signals, e, true, 0); /* or its gateway does, for minutes */
	assert_int_equal(spool_count(&signals.spool), 1);
	e->seen_ms -= HOPELESS_S * 1000;
	on_signal_failed(&signals, e, true, 0);
	assert_int_equal(spool_count(&signals.spool), 0);
	assert_int_equal(signals.given_up, 1);
}

TEST(a_clock_that_is_set_makes_nothing_old)
{
	struct spool_entry *e = waiting();

	e->created -= 40L * 365 * 86400; /* added at boot, before NTP had its say */
	run_signals(&signals);
	assert_int_equal(spool_count(&signals.spool), 1);
	e->seen_ms -= 3590 * 1000;
	run_signals(&signals);
	assert_int_equal(spool_count(&signals.spool), 1);
	e->seen_ms -= 20 * 1000;
	run_signals(&signals);
	assert_int_equal(spool_count(&signals.spool), 0);
}

TEST(age_goes_on_over_a_restart)
{
	struct spool_entry *e = waiting();

	e->created -= 3590;
	spool_save(&signals.spool, e);
	signals_close(&signals);
	begin();
	e = spool_next(&signals.spool, NULL);
	assert_non_null(e);
	e->due_ms = UINT64_MAX;
	e->seen_ms -= 20 * 1000;
	run_signals(&signals);
	assert_int_equal(spool_count(&signals.spool), 0);
	assert_int_equal(signals.given_up, 1);
}
