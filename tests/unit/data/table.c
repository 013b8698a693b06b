/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/test.h"

#include "agent/data/event.h"
#include "agent/data/table.h"

TEST(a_series_is_found_again_by_name_and_instance)
{
	static struct table t;
	struct series *a = table_series(&t, "fs.used_ratio", "/");

	assert_ptr_equal(table_series(&t, "fs.used_ratio", "/"), a);
	assert_ptr_not_equal(table_series(&t, "fs.used_ratio", "/data"), a);
	assert_true(isnan(a->value));
	table_tick(&t, 5000);
	series_set(a, &t, 0.5);
	assert_int_equal(a->at_ms, 5000);
}

TEST(a_ratio_is_bounded_and_another_name_is_a_gauge)
{
	static struct table t;

	assert_near(table_series(&t, "queue.used_ratio", "")->fails_at, 1);
	assert_true(isnan(table_series(&t, "temperature", "")->fails_at));
	assert_true(isnan(table_series(&t, ".used_ratio", "")->fails_at));
	assert_int_equal(table_series(&t, "queue.used_ratio", "")->kind, METRIC_BOUNDED);
	assert_int_equal(table_series(&t, "temperature", "")->kind, METRIC_GAUGE);
	/* The table of metrics has the last word: full swap is no failure by itself. */
	assert_true(table_series(&t, "swap.used_ratio", "")->soft);
	assert_false(table_series(&t, "mem.used_ratio", "")->soft);
	assert_near(table_series(&t, "psi.memory.full", "")->fails_at, 0.8);
}

TEST(bounded_metrics_have_a_limit_others_have_none)
{
	for (const struct metric *m = metrics; m->name; m++) {
		bool bounded = m->kind == METRIC_BOUNDED || m->kind == METRIC_SOFT;

		if (bounded == isnan(m->fails_at) || strlen(m->name) >= SERIES_NAME || !*m->meaning)
			fail_msg("%s", m->name);
		for (const struct metric *o = metrics; o < m; o++)
			if (strcmp(o->name, m->name) == 0)
				fail_msg("%s twice", m->name);
	}
}

TEST(reason_of_a_series_stays_while_it_lasts)
{
	static struct table t;
	struct series *a = table_series(&t, "a", ""), *b = table_series(&t, "b", "");

	assert_string_equal(table_why(&t, a), "");
	table_note(&t, a, "disk\n\x1b[31m");
	table_note(&t, b, "other");
	assert_string_equal(table_why(&t, a), "disk??[31m");
	table_note(&t, a, "newer");
	assert_string_equal(table_why(&t, a), "newer");
	series_drop(a);
	assert_string_equal(table_why(&t, a), "");
	a = table_series(&t, "c", "");
	assert_string_equal(table_why(&t, a), "");
	for (int i = 0; i < NOTES_MAX; i++) {
		const char *name = fmt("n%d", i);

		table_note(&t, table_series(&t, name, ""), name);
	}
	assert_string_equal(table_why(&t, b), ""); /* the oldest make room */
	assert_string_equal(table_why(&t, table_series(&t, "n0", "")), "n0");
}

TEST(a_dropped_series_frees_its_slot_for_a_new_owner)
{
	static struct table t;
	struct series *a = table_series(&t, "a", ""), *b = table_series(&t, "b", "");
	uint32_t generation = a->generation;

	series_drop(a);
	assert_ptr_equal(table_series(&t, "b", ""), b);
	assert_ptr_equal(table_series(&t, "c", ""), a);
	assert_int_not_equal(a->generation, generation);
	assert_int_equal(t.count, 2);
}

TEST(unreferenced_series_are_swept)
{
	static struct table t;
	struct series *kept = table_series(&t, "fs.used_ratio", "/a");
	struct series *gone = table_series(&t, "fs.used_ratio", "/b");
	uint32_t generation = kept->generation;

	table_mark(&t);
	assert_ptr_equal(table_series(&t, "fs.used_ratio", "/a"), kept);
	assert_non_null(table_series(&t, "fs.used_ratio", "/c"));
	table_sweep(&t);
	assert_int_equal(kept->generation, generation); /* and its state stays */
	assert_int_equal(gone->generation, 0);
	assert_int_equal(t.count, 3);
}

TEST(a_full_table_says_so)
{
	static struct table t;

	for (int i = 0; i < SERIES_MAX; i++)
		assert_non_null(table_series(&t, fmt("n%d", i), ""));
	assert_null(table_series(&t, "one more", ""));
	assert_int_equal(t.refused, 1);
}

TEST(a_name_too_long_is_cut_the_same_way_each_time)
{
	static struct table t;
	char path[300];
	struct series *s = table_series(&t, "fs.used_ratio", fill_text(path, sizeof(path), 'x'));

	assert_ptr_equal(table_series(&t, "fs.used_ratio", path), s);
	assert_int_equal(strlen(s->instance), SERIES_INSTANCE - 1);
}

TEST(events_keep_order_and_a_full_queue_keeps_the_first)
{
	static struct event_queue q;
	struct event e = { .kind = EVENT_RAISED };

	for (int i = 0; i < EVENT_QUEUE; i++) {
		e.at_ms = (uint64_t)i;
		assert_true(event_push(&q, &e));
	}
	assert_false(event_push(&q, &e));
	assert_int_equal(q.lost, 1);
	for (int i = 0; i < EVENT_QUEUE; i++) {
		assert_true(event_pop(&q, &e));
		assert_int_equal(e.at_ms, i);
	}
	assert_false(event_pop(&q, &e));
}
