/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/cli/commands.h"
#include "agent/cli/options.h"
#include "agent/conf/conf_keys.h"

static const char *const kinds[] = { [METRIC_GAUGE] = "gauge",
	[METRIC_BOUNDED] = "bounded",
	[METRIC_SOFT] = "soft",
	[METRIC_FAULT_COUNTER] = "count",
	[METRIC_FAULT_FLAG] = "flag",
	[METRIC_LIVENESS] = "alive",
	[METRIC_DRIVE] = "drive" };

static struct metrics_reader reading; /* too large for the stack */

static void ignore_conf_report(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	(void)error;
	(void)line;
}

/*
 * Loads the configuration; with an invalid one the defaults suffice, because `prehup check` reports
 * errors.
 */
static void load_metrics_conf(struct conf *cf)
{
	struct conf_report report = { .say = ignore_conf_report };
	char err[CONF_ERR];

	if (conf_load(cf, CONF_START, NULL, &report) == 0)
		return;
	for (const struct conf_key *k = conf_keys; k->section; k++)
		(void)conf_key_set(cf, k, k->value, err);
}

static void ignore_runner_news(struct runner *r)
{
	(void)r;
}

int metrics_reader_open(struct metrics_reader *r)
{
	int e;

	load_metrics_conf(&r->conf);
	e = loop_open(&r->loop);
	if (e < 0)
		return log_fail(e, "cannot start");
	r->runner.news = ignore_runner_news;
	runner_open(&r->runner, &r->loop, &r->table, &r->conf);
	return 0;
}

void metrics_reader_tick(struct metrics_reader *r)
{
	table_tick(&r->table, loop_now());
	runner_tick(&r->runner);
}

void metrics_reader_close(struct metrics_reader *r)
{
	runner_close(&r->runner);
	loop_close(&r->loop);
	conf_free(&r->conf);
}

static const struct metric *find_known_metric(const char *name)
{
	const struct metric *m = metrics;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	return m;
}

static int list_known_metrics(bool json)
{
	json_auto_t *all = json_array();

	for (const struct metric *m = metrics; m->name; m++) {
		if (json)
			(void)json_array_append_new(all,
			        json_pack("{ss ss ss so ss}", "metric", m->name, "unit", m->unit,
			                "kind", kinds[m->kind], "fails_at",
			                isnan(m->fails_at) ? json_null() : json_real(m->fails_at),
			                "meaning", m->meaning));
		else
			printf("%-34s %-6s %-8s %s\n", m->name, m->unit, kinds[m->kind],
			        m->meaning);
	}
	if (json && json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) == 0)
		putchar('\n');
	return fflush(stdout) != 0;
}

static int show_metrics_json(const struct table *t)
{
	json_auto_t *all = json_array();

	for (const struct series *s = t->series; s < t->series + t->count; s++) {
		const struct metric *m = find_known_metric(s->name);
		const char *why = table_why(t, s);

		if (s->generation == 0 || s->at_ms == 0)
			continue;
		(void)json_array_append_new(
		        all, json_pack("{ss so so ss ss so}", "metric", s->name, "instance",
		                     json_from_bytes(s->instance), "value",
		                     json_from_number(s->value), "unit", m->name ? m->unit : "1",
		                     "kind", kinds[s->kind], "why", json_from_text(why)));
	}
	if (json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0)
		putchar('\n');
	return fflush(stdout) != 0;
}

static int show_metrics_text(const struct table *t)
{
	for (const struct series *s = t->series; s < t->series + t->count; s++) {
		char name[SERIES_NAME + SERIES_INSTANCE + 3], value[32] = "unknown";
		const struct metric *m = find_known_metric(s->name);
		const char *why = table_why(t, s), *unit = m->name ? m->unit : "1";

		if (s->generation == 0 || s->at_ms == 0)
			continue;
		(void)snprintf(
		        name, sizeof(name), *s->instance ? "%s[%s]" : "%s", s->name, s->instance);
		if (!isnan(s->value))
			(void)snprintf(value, sizeof(value), "%.6g", s->value);
		printf("%-44s %12s %-6s%s%s\n", name, value, strcmp(unit, "1") == 0 ? "" : unit,
		        *why ? "  " : "", why);
	}
	return fflush(stdout) != 0;
}

int command_metrics(int argc, char **argv)
{
	bool json = false, lists = false;
	const struct option_entry entries[] = {
		{ 0, "json", NULL, "print JSON", .flag = &json },
		{ 0, "list", NULL, "list every metric: name, unit, kind, meaning", .flag = &lists },
		{ 0 },
	};
	int r = options_parse(argc, argv,
	        &(struct options){ .program = "prehup metrics",
	                .entry = entries,
	                .notes =
	                        "Reads all metrics once; a rate is the average of one second.\n" });

	if (r >= 0)
		return r;
	if (lists)
		return list_known_metrics(json);
	log_open(LOG_WARNING);
	r = metrics_reader_open(&reading);
	if (r == 0) {
		metrics_reader_tick(&reading);
		(void)nanosleep(&(struct timespec){ .tv_sec = 1 }, NULL);
		metrics_reader_tick(&reading);
		r = json ? show_metrics_json(&reading.table) : show_metrics_text(&reading.table);
	}
	metrics_reader_close(&reading);
	return r != 0;
}
