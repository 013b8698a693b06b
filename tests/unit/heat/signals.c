/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - when one is given up. */
#define TEST_SETUP    signals_setup
#define TEST_TEARDOWN signals_teardown
#include "tests/unit/lib/test.h"

#include "heat/signal/signals.c"
#include "tests/unit/lib/signals_rig.h"

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
	for (int i = 0; i < PERMANENT_TRIES - 1; i++)
		on_signal_failed(&signals, e, true, 0); /* comes up in disorder, */
	on_signal_failed(&signals, e, false, 0);
	for (int i = 0; i < PERMANENT_TRIES - 1; i++)
		on_signal_failed(&signals, e, true, 0);
	assert_int_equal(spool_count(&signals.spool), 1);
	on_signal_failed(&signals, e, true, 0); /* or its gateway does, for minutes */
	assert_int_equal(spool_count(&signals.spool), 1);
	e->seen_ms -= PERMANENT_AGE_S * 1000;
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
	begin_signals();
	e = spool_next(&signals.spool, NULL);
	assert_non_null(e);
	e->due_ms = UINT64_MAX;
	e->seen_ms -= 20 * 1000;
	run_signals(&signals);
	assert_int_equal(spool_count(&signals.spool), 0);
	assert_int_equal(signals.given_up, 1);
}

static char tried_id[32];
static unsigned times_room;

static bool note_tried(void *cx, const char *id, const struct delivery_result *res)
{
	assert_true(res->taken);
	assert_ptr_equal(cx, tried_id);
	STR_COPY(tried_id, id);
	return false;
}

static void note_room(void *cx)
{
	++*(unsigned *)cx;
}

TEST(receivers_are_called_with_their_own_context)
{
	const struct delivery_context cx = signals.cx;
	struct signal_send send = { .owner = &signals };

	signals_close(&signals);
	signals_open(&signals, &loop, &cx,
	        &(struct signals_receivers){ .tried = note_tried,
	                .tried_cx = tried_id,
	                .room = note_room,
	                .room_cx = &times_room });
	send.entry = waiting();
	(void)json_object_set_new(send.entry->body, "id", json_string("inbox:1"));
	on_signal_delivered(&send.delivery, &(struct delivery_result){ .taken = true });
	assert_string_equal(tried_id, "inbox:1");
	assert_int_equal(times_room, 1);
}
