/* SPDX-License-Identifier: Apache-2.0 */
/* explanation.c - the risk in words, in JSON, on a terminal and as a picture. */
#define TEST_SETUP setup
#include "tests/unit/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/cli/plot.h"
#include "agent/cli/show.h"
#include "agent/cli/watch.h"
#include "agent/predict/reason.h"
#include "agent/serve/explanation.h"

static const struct score_conf conf = {
	.raise = 0.8, .clear = 0.4, .horizon_s = 600, .warmup_s = 60
};

static struct table table;
static struct scorer scorer;
static struct event_queue events;
static double now_s;

FIXTURE(setup)
{
	memset(&table, 0, sizeof(table));
	memset(&scorer, 0, sizeof(scorer));
	memset(&events, 0, sizeof(events));
	now_s = 1e6;
	return 0;
}

/* A filesystem that fills beside memory that does not. */
static void fill(double to, int n)
{
	struct series *fs = table_series(&table, "fs.used_ratio", "/data");
	struct series *mem = table_series(&table, "mem.used_ratio", "");

	for (int i = 1; i <= n; i++) {
		now_s += 10;
		table_tick(&table, (uint64_t)(now_s * 1000));
		series_set(fs, &table, 0.2 + (to - 0.2) * i / n + 0.0015 * (i % 2));
		series_set(mem, &table, 0.5 + 0.001 * (i % 5));
		score_update(&scorer, &table, &conf, &events);
	}
}

static char *shown(const json_t *doc)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	explain_show(doc, f);
	fclose(f);
	return text;
}

TEST(riskiest_series_is_explained_first)
{
	json_t *doc, *cause, *metric;
	char *text;

	fill(0.2, 60);
	fill(0.97, 90);
	doc = explain(&scorer, &table, &conf);
	assert_string_equal(json_string_value(json_object_get(doc, "state")), "failing");
	assert_true(json_number_value(json_object_get(doc, "risk")) > 0.8);
	cause = json_array_get(json_object_get(doc, "causes"), 0);
	assert_string_equal(json_string_value(json_object_get(cause, "cause")), "filesystem");
	assert_string_equal(json_string_value(json_object_get(cause, "instance")), "/data");
	assert_true(json_number_value(json_object_get(cause, "share")) > 0.9);
	metric = json_array_get(json_object_get(cause, "metrics"), 0);
	assert_true(json_number_value(json_object_get(metric, "used")) > 0.9);
	assert_true(json_number_value(json_object_get(metric, "per_s")) > 0);
	assert_true(json_number_value(json_object_get(metric, "left_low_s")) <=
	            json_number_value(json_object_get(metric, "left_s")));
	assert_true(json_number_value(json_object_get(metric, "left_s")) <=
	            json_number_value(json_object_get(metric, "left_high_s")));
	assert_int_equal(json_array_size(json_object_get(metric, "within")), 4);
	assert_true(
	        json_is_null(json_object_get(json_array_get(json_object_get(metric, "within"), 3),
	                "risk"))); /* a day: not seen enough */
	text = shown(doc);
	assert_non_null(strstr(text, "Risk of failing within 10 min: "));
	assert_non_null(strstr(text, "an alarm is raised"));
	assert_non_null(strstr(text, "filesystem /data: risk "));
	assert_non_null(strstr(text, "usually "));
	assert_non_null(strstr(text, "24.0 h still learning"));
	assert_true(strstr(text, "filesystem /data") < strstr(text, "memory"));
	free(text);
	json_decref(doc);
}

TEST(a_new_guest_says_that_it_learns)
{
	json_t *doc;
	char *text;

	fill(0.2, 2);
	doc = explain(&scorer, &table, &conf);
	assert_string_equal(json_string_value(json_object_get(doc, "state")), "learning");
	assert_true(json_is_null(json_object_get(doc, "risk")));
	text = shown(doc);
	assert_non_null(strstr(text, "Still learning"));
	free(text);
	json_decref(doc);
}

TEST(the_kernels_own_words_are_the_reason)
{
	struct series *s = table_series(&table, "kernel.oom_kills", "");
	json_t *doc, *metric;

	s->kind = METRIC_FAULT_COUNTER;
	for (int i = 0; i < 2; i++) {
		table_tick(&table, (uint64_t)(1000 + i));
		series_set(s, &table, i);
		score_update(&scorer, &table, &conf, &events);
	}
	table_note(&table, s, "Out of memory: Killed process 7 (java)");
	doc = explain(&scorer, &table, &conf);
	metric = json_array_get(
	        json_object_get(json_array_get(json_object_get(doc, "causes"), 0), "metrics"), 0);
	assert_string_equal(json_string_value(json_object_get(metric, "reason")),
	        "Out of memory: Killed process 7 (java)");
	assert_true(json_is_null(json_object_get(metric, "limit")));
	json_decref(doc);
}

TEST(terminal_shows_the_riskiest_first_within_its_size)
{
	static struct watch w;
	char *text = NULL, *risky, *calm;
	size_t len = 0;
	unsigned lines = 0;
	FILE *f;

	fill(0.2, 60);
	fill(0.97, 90);
	for (unsigned rows = 10; rows != 4; rows = rows == 10 ? 3 : 4) {
		json_t *doc = explain(&scorer, &table, &conf);

		f = open_memstream(&text, &len);
		watch_frame(&w, doc, rows, 200, f);
		fclose(f);
		json_decref(doc);
		lines = 0;
		for (const char *c = text; *c; c++)
			lines += *c == '\n';
		risky = strstr(text, "fs.used_ratio[/data]");
		calm = strstr(text, "mem.used_ratio");
		assert_non_null(risky);
		if (rows == 10) {
			assert_int_equal(lines, 4);
			assert_true(risky < calm);
		} else {
			assert_int_equal(lines, 3);
			assert_null(calm);
		}
		free(text);
		text = NULL;
	}
	assert_int_equal(w.past[0].n, 2);
}

TEST(name_never_acts_on_the_terminal)
{
	static struct watch w;
	struct series *s = table_series(&table, "fs.used_ratio", "/a\033[2J\nb");
	char *text = NULL;
	size_t len = 0;
	json_t *doc;
	FILE *f;

	for (int i = 0; i < 100; i++) {
		table_tick(&table, (uint64_t)(1000 + i * 10000));
		series_set(s, &table, 0.2);
		score_update(&scorer, &table, &conf, &events);
	}
	doc = explain(&scorer, &table, &conf);
	f = open_memstream(&text, &len);
	watch_frame(&w, doc, 20, 120, f);
	fclose(f);
	assert_non_null(strstr(text, "/a?[2J?b"));
	free(text);
	text = shown(doc);
	assert_non_null(strstr(text, "/a?[2J?b"));
	free(text);
	json_decref(doc);
}

TEST(plot_keeps_the_alarm_of_a_long_recording)
{
	struct plot *p = plot_new();
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	plot_column(p, 0, "calm.used_ratio", true);
	plot_column(p, 1, "fs.used_ratio[/<&>]", true);
	for (int i = 0; i < 50000; i++) {
		const bool alarm = i == 33333;

		plot_add(p, 0, &(struct plot_point){ i, 0.5, 0, NAN, NAN, NAN });
		plot_add(p, 1,
		        &(struct plot_point){
		                i, 0.6, alarm ? 0.9 : 0.01, alarm ? 4000 : NAN, 3000, 6000 });
	}
	plot_event(p, 1, 33333, true);
	plot_event(p, 9, 1, true); /* no such column */
	assert_int_equal(plot_write(p, f), 0);
	fclose(f);
	assert_non_null(strstr(text, "fs.used_ratio[/&lt;&amp;>]"));
	assert_non_null(strstr(text, "class=\"band\""));
	assert_non_null(strstr(text, "class=\"raised\""));
	assert_non_null(strstr(text, "</svg>"));
	assert_true(len < 100000);
	free(text);
	free(p);
}

TEST(spans_and_rates_use_readable_units)
{
	static const struct {
		double s;
		const char *text;
	} spans[] = { { 0, "0 s" }, { 45.4, "45 s" }, { 119.4, "119 s" }, { 120, "2 min" },
		{ 3600, "60 min" }, { 7200, "2.0 h" }, { 86400, "24.0 h" },
		{ 3 * 86400.0, "3 d" } };
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		reason_span(spans[i].s, text);
		assert_string_equal(text, spans[i].text);
	}
	reason_pace(0.01 / 60, text, sizeof(text));
	assert_string_equal(text, ", rising 1.0 % a minute");
	reason_pace(-0.01 / 3600, text, sizeof(text));
	assert_string_equal(text, ", falling 1.0 % an hour");
	reason_pace(0.001 / 86400, text, sizeof(text));
	assert_string_equal(text, ", rising 0.1 % a day");
	reason_pace(0, text, sizeof(text));
	assert_string_equal(text, "");
	reason_pace(NAN, text, sizeof(text));
	assert_string_equal(text, "");
}
