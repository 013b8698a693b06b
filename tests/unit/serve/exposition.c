/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/serve/exposition.c"

#include "agent/base/text.h"

static struct table table;
static struct scorer scorer;
static struct exposition e;
static char *text;
static size_t len;

FIXTURE(setup)
{
	memset(&table, 0, sizeof(table));
	memset(&scorer, 0, sizeof(scorer));
	e = (struct exposition){ .table = &table, .scorer = &scorer };
	table_tick(&table, 1000);
	return 0;
}

FIXTURE(teardown)
{
	free(text);
	text = NULL;
	return 0;
}

/* Adds a series with a sample and a verdict. */
static struct verdict *put_series(
        const char *metric, const char *instance, double value, enum score_state state, double risk)
{
	struct series *s = table_series(&table, metric, instance);
	unsigned i = (unsigned)(s - table.series);
	struct score *p = &scorer.score[i];

	series_set(s, &table, value);
	p->generation = scorer.generation[i] = s->generation;
	scorer.place[i] = isfinite(s->fails_at) ? (uint16_t)(i + 1) : 0;
	p->verdict = (struct verdict){ .state = state,
		.risk = risk,
		.risk_in_horizon = risk,
		.left_s = NAN,
		.used = value / s->fails_at };
	scorer.groups.risk = fmax(scorer.groups.risk, risk);
	return &p->verdict;
}

/*
 * Checks the text format 0.0.4, and promtool's further rules. Strict: it fails where a lenient
 * parser accepts. Returns the number of samples.
 */
enum { FAMILIES = 512, SAMPLES = 8192 };

static bool is_name(const char *s, size_t n)
{
	if (n == 0 || isdigit((unsigned char)*s))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	return true;
}

/* {name="value",...}: the byte behind it. */
static const char *check_labels(const char *s)
{
	assert_true(*s == '{');
	do {
		size_t n = strcspn(++s, "=");

		assert_true(is_name(s, n));
		s += n + 1;
		assert_true(*s++ == '"');
		while (*s != '"') {
			uint32_t point;
			size_t bytes = utf8_char(s, &point);

			assert_true(bytes > 0 && point != 0 && point != '\n');
			if (*s == '\\')
				assert_non_null(strchr("\\\"n", *++s));
			s += bytes;
		}
		s++;
	} while (*s == ',');
	assert_true(*s == '}');
	return s + 1;
}

static unsigned check(const char *all, size_t size)
{
	static char *family[FAMILIES], *sample[SAMPLES];
	unsigned families = 0, samples = 0;
	char *copy = strdup(all), *line, *next;
	char now[128] = "";
	bool typed = false;

	assert_int_equal(strlen(all), size);
	assert_true(size > 0 && all[size - 1] == '\n');
	for (line = copy; *line; line = next) {
		size_t n;

		next = strchr(line, '\n');
		*next++ = '\0';
		if (strncmp(line, "# HELP ", 7) == 0) {
			n = strcspn(line + 7, " ");
			assert_true(is_name(line + 7, n) && line[7 + n] == ' ' && line[8 + n]);
			(void)snprintf(now, sizeof(now), "%.*s", (int)n, line + 7);
			for (unsigned i = 0; i < families; i++)
				assert_string_not_equal(
				        family[i], now); /* a family is in one piece */
			assert_true(families < FAMILIES);
			family[families++] = strdup(now);
			for (const char *h = line + 8 + n; *h; h++)
				if (*h == '\\')
					assert_non_null(strchr("\\n", *++h));
			typed = false;
			continue;
		}
		if (*line == '#') {
			assert_memory_equal(line, "# TYPE ", 7);
			n = strcspn(line + 7, " ");
			assert_true(n == strlen(now) && strncmp(line + 7, now, n) == 0 && !typed);
			typed = true;
			assert_true(strcmp(line + 7 + n, " gauge") == 0 ||
			            strcmp(line + 7 + n, " counter") == 0);
			assert_true(!strstr(line, " counter") ||
			            strcmp(now + strlen(now) - 6, "_total") == 0);
			continue;
		}
		n = strcspn(line, "{ ");
		assert_true(typed && n == strlen(now) && strncmp(line, now, n) == 0);
		assert_memory_equal(line, "prehup_", 7);
		const char *value = line[n] == '{' ? check_labels(line + n) : line + n;
		char *end;

		assert_true(value[0] == ' ' &&
		            (isdigit((unsigned char)value[1]) || strchr("+-", value[1])));
		(void)strtod(value + 1, &end);
		assert_true(*end == '\0' && end > value + 1);
		line[value - line] = '\0';
		for (unsigned i = 0; i < samples; i++)
			assert_string_not_equal(sample[i], line); /* a series is there once */
		assert_true(samples < SAMPLES);
		sample[samples++] = strdup(line);
	}
	for (unsigned i = 0; i < families; i++)
		free(family[i]);
	for (unsigned i = 0; i < samples; i++)
		free(sample[i]);
	free(copy);
	return samples;
}

static unsigned scrape(void)
{
	free(text);
	assert_int_equal(exposition_metrics(&e, &text, &len), 0);
	return check(text, len);
}

/* A whole line of the text. */
static bool has(const char *line)
{
	const char *at = strstr(text, line);

	while (at && ((at > text && at[-1] != '\n') || at[strlen(line)] != '\n'))
		at = strstr(at + 1, line);
	return at;
}

static void assert_has(const char *line)
{
	if (!has(line))
		fail_msg("no line %s in\n%s", line, text);
}

static json_t *health(int status)
{
	json_t *doc;

	free(text);
	assert_int_equal(exposition_health(&e, &text, &len), status);
	assert_int_equal(strlen(text), len);
	assert_true(text[len - 1] == '\n');
	doc = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	assert_int_equal(json_object_size(doc), 5);
	return doc;
}

static const char *string(const json_t *doc, const char *key)
{
	const char *s = json_string_value(json_object_get(doc, key));

	assert_non_null(s);
	return s;
}

static double real(const json_t *doc, const char *key)
{
	assert_true(json_is_real(json_object_get(doc, key)));
	return json_real_value(json_object_get(doc, key));
}

static bool is_null(const json_t *doc, const char *key)
{
	return json_is_null(json_object_get(doc, key));
}

TEST(an_empty_table_says_who_we_are)
{
	assert_int_equal(scrape(), 1);
	assert_has("prehup_build_info{version=\"" VERSION "\"} 1");
}

TEST(samples_have_their_labels_and_a_head_once)
{
	put_series("fs.used_ratio", "/", 0.25, SCORE_OK, 0.01);
	put_series("load.1m", "", 1.5, SCORE_UNKNOWN, NAN);
	put_series("fs.used_ratio", "/data", 0.5, SCORE_LEARNING, NAN);
	put_series("psi.io.full", "", 0.125, SCORE_UNKNOWN, NAN);
	/* 4 samples; one risk, two raised, the machine's, build. */
	assert_int_equal(scrape(), 4 + 1 + 2 + 1 + 1);
	assert_has("# HELP prehup_fs_used_ratio "
	           "space in use, of the space for unprivileged users");
	assert_has("# TYPE prehup_fs_used_ratio gauge");
	assert_has("prehup_fs_used_ratio{instance=\"/\"} 0.25");
	assert_has("prehup_fs_used_ratio{instance=\"/data\"} 0.5");
	assert_has("prehup_load_1m 1.5");
	assert_has("prehup_psi_io_full_ratio 0.125");
	assert_has("prehup_risk{metric=\"fs.used_ratio\",instance=\"/\"} 0.01");
	assert_has("prehup_machine_risk 0.01");
}

TEST(every_known_metric_passes_the_check)
{
	unsigned n = 0;

	for (const struct metric *m = metrics; m->name; m++, n++)
		put_series(m->name, n % 2 ? "x" : "", 0.5, SCORE_OK, 0.1)->left_s = 60;
	assert_true(scrape() >= n);
	for (const struct metric *m = metrics; m->name; m++) {
		char name[EXPOSITION_NAME];

		(void)exposition_name(m->name, m->unit, name);
		assert_non_null(strstr(text, name));
	}
}

TEST(unknown_value_is_left_out_and_never_zero)
{
	struct series *s;

	put_series("swap.used_ratio", "", NAN, SCORE_UNKNOWN, NAN);
	put_series("mem.used_ratio", "", 0, SCORE_OK, 0);
	(void)table_series(&table, "proc.used_ratio", ""); /* not read yet */
	s = table_series(&table, "fs.used_ratio", "/gone");
	series_set(s, &table, 0.5);
	series_drop(s);
	(void)scrape();
	assert_null(strstr(text, "prehup_swap_used_ratio"));
	assert_null(strstr(text, "proc"));
	assert_null(strstr(text, "gone"));
	assert_has("prehup_mem_used_ratio 0"); /* and this is known to be 0 */
	assert_has("prehup_risk{metric=\"mem.used_ratio\"} 0");
	assert_null(strstr(text, "seconds_left"));
	assert_null(strstr(text, "risk{metric=\"swap"));
	assert_has("prehup_raised{metric=\"swap.used_ratio\"} 0"); /* no event was sent */
}

TEST(verdict_of_a_former_slot_owner_is_not_reported)
{
	struct series *s;

	put_series("fs.used_ratio", "/old", 0.99, SCORE_RAISED, 0.97);
	s = &table.series[0];
	series_drop(s);
	series_set(table_series(&table, "fs.used_ratio", "/new"), &table, 0.1);
	assert_int_equal(scrape(), 2);
	assert_has("prehup_fs_used_ratio{instance=\"/new\"} 0.1");
	json_decref(health(200));
}

TEST(risks_times_and_what_is_raised_are_told)
{
	put_series("fs.used_ratio", "/data", 0.9, SCORE_RAISED, 0.93)->left_s = 71.5;
	put_series("mem.used_ratio", "", 0.5, SCORE_OK, 0.25);
	put_series("load.1m", "", 99, SCORE_UNKNOWN, NAN); /* watched, never scored */
	(void)scrape();
	assert_has("prehup_risk{metric=\"fs.used_ratio\",instance=\"/data\"} 0.93");
	assert_has("prehup_seconds_left{metric=\"fs.used_ratio\",instance=\"/data\"} 71.5");
	assert_has("prehup_raised{metric=\"fs.used_ratio\",instance=\"/data\"} 1");
	assert_has("prehup_raised{metric=\"mem.used_ratio\"} 0");
	assert_null(strstr(text, "seconds_left{metric=\"mem"));
	assert_null(strstr(text, "metric=\"load"));
	assert_has("prehup_machine_risk 0.93");
}

TEST(a_hostile_instance_forges_no_line)
{
	char cut[SERIES_INSTANCE * 2];

	put_series("fs.used_ratio", "/a\"} 1\nprehup_raised 1\\", 0.5, SCORE_OK, 0.1);
	put_series("fs.used_ratio", "/\xff\xc3", 0.5, SCORE_OK, 0.1);
	put_series("fs.used_ratio", "/\xfe", 0.5, SCORE_OK, 0.1);
	put_series("fs.used_ratio", "/d\xc3\xa4ten\t\x01", 0.5, SCORE_OK, 0.1);
	for (size_t i = 0; i + 2 < sizeof(cut); i += 2) /* is cut within a character */
		memcpy(cut + i, "\xc3\xa4", 3);
	put_series("fs.used_ratio", cut, 0.5, SCORE_OK, 0.1);
	memset(cut, 0xff, sizeof(cut) - 1);
	put_series("fs.used_ratio", cut, 0.5, SCORE_OK, 0.1);
	assert_int_equal(scrape(), 6 * 3 + 2);
	assert_has("prehup_fs_used_ratio{instance=\"/a\\\"} 1\\nprehup_raised 1\\\\\"} 0.5");
	assert_has("prehup_fs_used_ratio{instance=\"/\\\\xff\\\\xc3\"} 0.5");
	assert_has("prehup_fs_used_ratio{instance=\"/d\xc3\xa4ten\t\x01\"} 0.5");
	for (unsigned i = 0; i < table.count; i++)
		scorer.score[i].verdict.state = SCORE_RAISED;
	json_t *doc = health(503);
	assert_int_equal(json_array_size(json_object_get(doc, "causes")), 6);
	assert_string_equal(string(json_array_get(json_object_get(doc, "causes"), 1), "instance"),
	        "/\\xff\\xc3");
	json_decref(doc);
}

TEST(names_and_units_are_prometheus)
{
	static const struct {
		const char *name, *unit, *is;
		double factor;
	} names[] = {
		{ "mem.used_ratio", "ratio", "prehup_mem_used_ratio", 1 },
		{ "psi.cpu.some", "ratio", "prehup_psi_cpu_some_ratio", 1 },
		{ "ratio", "ratio", "prehup_ratio_ratio", 1 },
		{ "mem.available", "KiB", "prehup_mem_available_bytes", 1024 },
		{ "mem.available_kib", "KiB", "prehup_mem_available_bytes", 1024 },
		{ "mem.bytes", "KiB", "prehup_mem_bytes_bytes", 1024 },
		{ "up", "s", "prehup_up_seconds", 1 },
		{ "up_s", "s", "prehup_up_seconds", 1 },
		{ "up_seconds", "s", "prehup_up_seconds", 1 },
		{ "disk.wait_ms", "ms", "prehup_disk_wait_seconds", 0.001 },
		{ "load.1m", "1", "prehup_load_1m", 1 },
		{ "odd-name/x y", "1", "prehup_odd_name_x_y", 1 },
		{ "x", "furlong", "prehup_x", 1 },
		{ "a.name.as.long.as.a.series.can.have.it!", "s",
		        "prehup_a_name_as_long_as_a_series_can_have_it__seconds", 1 },
	};
	char name[EXPOSITION_NAME];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_near(exposition_name(names[i].name, names[i].unit, name), names[i].factor);
		assert_string_equal(name, names[i].is);
	}
}

TEST(the_guest_is_told_by_what_is_known_of_it)
{
	static const struct exposition_label labels[] = { { "hypervisor", "kvm" }, { "vendor", "" },
		{ "uuid", "0a-\"b" } };
	const struct exposition guest = {
		.table = &table, .scorer = &scorer, .label = labels, .label_count = 3
	};

	assert_int_equal(exposition_metrics(&guest, &text, &len), 0);
	assert_has("prehup_guest_info{hypervisor=\"kvm\",uuid=\"0a-\\\"b\"} 1");
}

TEST(values_are_in_the_unit_that_the_name_says)
{
	static const struct metric kib = { "mem.free_kib", "KiB", METRIC_GAUGE, NAN, "free" };
	FILE *out = open_memstream(&text, &len);

	put_series("mem.free_kib", "", 1024.5, SCORE_UNKNOWN, NAN);
	put_metric(out, &kib, &table);
	assert_int_equal(fclose(out), 0);
	assert_has("prehup_mem_free_bytes 1049088");
}

TEST(numbers_of_the_caller_are_told)
{
	static const struct exposition_number numbers[] = {
		{ "polls_failed_total", "Polls that\nfailed\\.", "counter", 3 },
		{ "signals_waiting", "Signals not yet sent.", "gauge", 0 },
		{ "unheard_of", "Not known.", "gauge", NAN },
		{ "large_total", "Large.", "counter", 1099511627777 },
		{ "endless", "Beyond.", "gauge", INFINITY },
	};

	e.number = numbers;
	e.count = ARRAY_SIZE(numbers);
	assert_int_equal(scrape(), 5);
	assert_has("# HELP prehup_polls_failed_total Polls that\\nfailed\\\\.");
	assert_has("# TYPE prehup_polls_failed_total counter");
	assert_has("prehup_polls_failed_total 3");
	assert_has("prehup_signals_waiting 0");
	assert_has("prehup_large_total 1099511627777");
	assert_has("prehup_endless +Inf");
	assert_null(strstr(text, "unheard"));
}

TEST(health_is_learning_before_anything_is_known)
{
	json_t *doc;

	doc = health(200);
	assert_string_equal(string(doc, "status"), "learning");
	assert_true(is_null(doc, "risk") && is_null(doc, "seconds_left") && is_null(doc, "reason"));
	assert_int_equal(json_array_size(json_object_get(doc, "causes")), 0);
	json_decref(doc);
	put_series("mem.used_ratio", "", 0.5, SCORE_LEARNING, NAN);
	doc = health(200);
	assert_string_equal(string(doc, "status"), "learning");
	json_decref(doc);
	put_series("fs.used_ratio", "/", 0.5, SCORE_OK, 0.05);
	doc = health(200);
	assert_string_equal(string(doc, "status"), "ok");
	assert_near(real(doc, "risk"), 0.05);
	assert_string_equal(string(doc, "reason"), "fs.used_ratio[/] at 50.0 % of its limit");
	json_decref(doc);
}

TEST(health_fails_while_anything_is_raised_and_says_why)
{
	struct verdict *v;
	const json_t *cause;
	json_t *doc;

	put_series("mem.used_ratio", "", 0.5, SCORE_OK, 0.9); /* high, but once only */
	v = put_series("fs.used_ratio", "/data", 0.96, SCORE_RAISED, 0.85);
	v->left_s = 71;
	put_series("proc.used_ratio", "", 0.3, SCORE_RAISED, 0.1); /* about to be cleared */
	doc = health(503);
	assert_string_equal(string(doc, "status"), "failing");
	assert_near(real(doc, "risk"), 0.85);
	assert_near(real(doc, "seconds_left"), 71);
	assert_string_equal(string(doc, "reason"),
	        "fs.used_ratio[/data] at 96.0 % of its limit, reached in 71 s");
	assert_int_equal(json_array_size(json_object_get(doc, "causes")), 2);
	cause = json_array_get(json_object_get(doc, "causes"), 0);
	assert_int_equal(json_object_size(cause), 6);
	assert_string_equal(string(cause, "metric"), "fs.used_ratio");
	assert_string_equal(string(cause, "instance"), "/data");
	assert_string_equal(string(cause, "reason"), string(doc, "reason"));
	assert_near(real(cause, "value"), 0.96);
	assert_near(real(cause, "risk"), 0.85);
	assert_near(real(cause, "seconds_left"), 71);
	cause = json_array_get(json_object_get(doc, "causes"), 1);
	assert_string_equal(string(cause, "instance"), "");
	assert_true(is_null(cause, "seconds_left"));
	json_decref(doc);
}

TEST(unreadable_raised_series_is_still_failing)
{
	json_t *doc;

	put_series("fs.used_ratio", "/data", NAN, SCORE_RAISED, NAN);
	doc = health(503);
	assert_string_equal(string(doc, "status"), "failing");
	assert_true(is_null(doc, "risk"));
	assert_true(is_null(json_array_get(json_object_get(doc, "causes"), 0), "value"));
	json_decref(doc);
	(void)scrape();
	assert_has("prehup_raised{metric=\"fs.used_ratio\",instance=\"/data\"} 1");
	assert_null(strstr(text, "prehup_risk"));
}

/* With the scorer itself: a disk that fills, and is emptied. */
TEST(health_follows_the_scorer)
{
	static struct event_queue events;
	const struct score_conf cf = { .raise = 0.8, .clear = 0.4, .horizon_s = 60 };
	const char *was = "";
	char seen[64] = "";
	struct event ev;

	for (uint64_t i = 1; i <= 120; i++) {
		struct series *s;
		const char *now;
		json_t *doc;

		table_tick(&table, i * 1000);
		s = table_series(&table, "fs.used_ratio", "/data");
		series_set(s, &table, i < 30 ? 0.1 : i < 75 ? 0.1 + 0.02 * (double)(i - 30) : 0.1);
		score_update(&scorer, &table, &cf, &events);
		while (event_pop(&events, &ev))
			;
		doc = health(scorer.score[0].verdict.state == SCORE_RAISED ? 503 : 200);
		now = string(doc, "status");
		if (strcmp(now, was) != 0)
			(void)snprintf(
			        seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", now);
		was = now[0] == 'f' ? "failing" : now[0] == 'o' ? "ok" : "learning";
		json_decref(doc);
		(void)scrape();
	}
	assert_string_equal(seen, "learning ok failing ok ");
}

TEST(each_path_has_its_answer)
{
	static const struct {
		const char *path, *type, *body;
		int status;
	} paths[] = {
		{ "/", NULL, "prehup " VERSION ": /health, /metrics\n", 200 },
		{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", "# HELP prehup_", 200 },
		{ "/health", "application/json", "{\"status\":\"failing\",", 503 },
		{ "/healthz", "application/json", "{\"status\":\"failing\",", 503 },
		{ "/health/", NULL, NULL, 404 },
		{ "/Metrics", NULL, NULL, 404 },
		{ "/metrics2", NULL, NULL, 404 },
		{ "//", NULL, NULL, 404 },
	};

	put_series("fs.used_ratio", "/", 0.999, SCORE_RAISED, 0.95);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct listener_answer a = { .status = 404 };

		exposition_answer(&e, paths[i].path, &a);
		assert_int_equal(a.status, paths[i].status);
		assert_int_equal(!a.type, !paths[i].type);
		if (a.type)
			assert_string_equal(a.type, paths[i].type);
		assert_int_equal(!a.body, !paths[i].body);
		if (a.body) {
			assert_memory_equal(a.body, paths[i].body, strlen(paths[i].body));
			assert_int_equal(a.len, strlen(a.body));
		}
		free(a.body);
	}
}

TEST(a_full_table_is_told_whole)
{
	char instance[SERIES_INSTANCE];

	for (unsigned i = 0; i < SERIES_MAX; i++) {
		(void)snprintf(instance, sizeof(instance), "%u-%055d", i, 0);
		put_series("fs.used_ratio", instance, 0.5, SCORE_RAISED, 0.9)->left_s = 10;
	}
	assert_int_equal(scrape(), SERIES_MAX * 4 + 2);
	json_decref(health(503));
}
