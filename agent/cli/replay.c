/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/replay.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/anomaly/anomaly.h"
#include "agent/base/clean.h"
#include "agent/base/json.h"
#include "agent/cli/csv.h"
#include "agent/conf/conf.h"

/* Table time of the first row; later rows may also have earlier timestamps. */
static const double origin_ms = 1e12;

struct player {
	const char *name;
	unsigned long line;
	FILE *out;
	enum replay_format format;
	const struct score_conf *cf;
	int columns;
	struct series *series[SERIES_MAX];
	char column[SERIES_MAX][SERIES_NAME + SERIES_INSTANCE];
	double first_s;
	bool begun;
	struct table table;
	struct scorer scorer;
	struct event_queue events;
	/* detector that affects the risk, as in the daemon; detector of --scores */
	struct anomaly *effect, *all;
	double anomaly;
	struct plot *plot; /* NULL: no plot */
	char *reterr;
};

__attribute__((format(printf, 2, 3))) static int fail_replay(struct player *p, const char *fmt, ...)
{
	int n = snprintf(p->reterr, CONF_ERR, "%s:%lu: ", p->name, p->line);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && n < CONF_ERR)
		(void)vsnprintf(p->reterr + n, CONF_ERR - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Parses "name" or "name[instance]". */
static int add_column(struct player *p, const char *head)
{
	char name[SERIES_NAME] = "", instance[SERIES_INSTANCE] = "";
	size_t n = strcspn(head, "["), len = strlen(head);
	unsigned before = p->table.generations;

	if (n == 0 || n >= sizeof(name))
		return fail_replay(p, "\"%.60s\" is not the name of a metric", head);
	memcpy(name, head, n);
	if (head[n] == '[') {
		if (head[len - 1] != ']' || len - n - 2 >= sizeof(instance))
			return fail_replay(p, "\"%.60s\" should be NAME[INSTANCE]", head);
		memcpy(instance, head + n + 1, len - n - 2);
	}
	p->series[p->columns] = table_series(&p->table, name, instance);
	if (!p->series[p->columns])
		return fail_replay(p, "more than %d columns", SERIES_MAX);
	if (p->table.generations == before)
		return fail_replay(p, "column \"%.60s\" occurs twice", head);
	(void)snprintf(p->column[p->columns], sizeof(p->column[0]), "%s", head);
	if (p->plot)
		plot_column(p->plot, (unsigned)p->columns, head,
		        isfinite(p->series[p->columns]->fails_at));
	p->columns++;
	return 0;
}

static int read_replay_header(struct player *p, char *line)
{
	char *cell[SERIES_MAX + 1];
	int n, r = 0, scored = 0;

	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	n = csv_split(line, cell, SERIES_MAX + 1);
	if (n < 1 || strcmp(cell[0], "timestamp") != 0)
		return fail_replay(p, "the first column must be \"timestamp\"");
	if (n < 2)
		return fail_replay(p, "no column except the timestamp");
	for (int i = 1; i < n && r == 0; i++) {
		r = add_column(p, cell[i]);
		scored += r == 0 && (isfinite(p->series[i - 1]->fails_at) ||
		                            metric_is_fault(p->series[i - 1]->kind));
	}
	if (scored == 0 || scored == p->columns)
		p->effect = NULL; /* all columns are scored, or none */
	return r;
}

static int print_replay_event(const struct player *p, const char *time, const struct event *e)
{
	json_auto_t *o = json_pack("{ss ss ss so ss so so so so so}", "timestamp", time, "event",
	        e->kind == EVENT_RAISED ? "predict.raised" : "predict.cleared", "metric", e->metric,
	        "instance", json_from_bytes(e->instance), "cause", e->cause, "value",
	        json_from_number(e->value), "risk", json_from_number(e->risk), "left_s",
	        json_from_number(e->left_s), "reason", json_from_bytes(e->reason), "unusual",
	        json_from_bytes(e->unusual));

	if (!o || json_dumpf(o, p->out, JSON_COMPACT | JSON_REAL_PRECISION(6)) < 0)
		return -ENOMEM;
	return fputc('\n', p->out) < 0 ? -EIO : 0;
}

static int show_event(const struct player *p, const char *time, const struct event *e)
{
	char left[32] = "-";

	if (p->format == REPLAY_JSON)
		return print_replay_event(p, time, e);
	if (!isnan(e->left_s))
		(void)snprintf(left, sizeof(left), "%.0f", e->left_s);
	return fprintf(p->out, "%s %s %s%s%s%s risk=%.2f left_s=%s %s\n", time,
	               e->kind == EVENT_RAISED ? "raised" : "cleared", e->metric,
	               *e->instance ? "[" : "", e->instance, *e->instance ? "]" : "", e->risk, left,
	               e->reason) < 0
	               ? -EIO
	               : 0;
}

/*
 * Writes v with this many digits after the point. Returns the end. Twenty times as fast as
 * printf().
 */
static char *put_number(char *to, double v, unsigned digits)
{
	static const unsigned scale[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
	uint64_t n = (uint64_t)(v * scale[digits] + 0.5);
	char text[24], *s = text + sizeof(text);

	for (unsigned i = 0; i < digits || n > 0 || i <= digits; i++) {
		if (i == digits && digits > 0)
			*--s = '.';
		*--s = (char)('0' + n % 10);
		n /= 10;
	}
	memcpy(to, s, (size_t)(text + sizeof(text) - s));
	return to + (text + sizeof(text) - s);
}

static int show_scores(const struct player *p, const char *time)
{
	int worst = score_worst(&p->scorer, &p->table);
	const struct verdict *v =
	        worst < 0 ? NULL : score_verdict(&p->scorer, &p->table, (unsigned)worst);
	char line[128], *to = line;

	if (fputs(time, p->out) < 0)
		return -EIO;
	*to++ = ',';
	if (!isnan(p->anomaly))
		to = put_number(to, p->anomaly, 6);
	*to++ = ',';
	if (v)
		to = put_number(to, p->scorer.groups.risk, 4);
	*to++ = ',';
	if (v && !isnan(v->left_s))
		to = put_number(to, v->left_s, 1);
	*to++ = '\n';
	return fwrite(line, (size_t)(to - line), 1, p->out) == 1 ? 0 : -EIO;
}

static void draw_replay_row(struct player *p, double at_s)
{
	for (int i = 0; i < p->columns; i++) {
		const struct verdict *v = score_verdict(
		        &p->scorer, &p->table, (unsigned)(p->series[i] - p->table.series));

		plot_add(p->plot, (unsigned)i,
		        &(struct plot_point){ .at_s = at_s,
		                .value = p->series[i]->value,
		                .risk = v->risk,
		                .left_s = v->left_s,
		                .low_s = v->low_s,
		                .high_s = v->high_s });
	}
}

static void draw_event(struct player *p, double at_s, const struct event *e)
{
	for (int i = 0; i < p->columns; i++)
		if (strcmp(p->series[i]->name, e->metric) == 0 &&
		        strcmp(p->series[i]->instance, e->instance) == 0)
			plot_event(p->plot, (unsigned)i, at_s, e->kind == EVENT_RAISED);
}

static int play_row(struct player *p, char *line)
{
	char *cell[SERIES_MAX + 1];
	int n = csv_split(line, cell, SERIES_MAX + 1), r = 0;
	struct event e;
	double at_s, v;

	if (n < 0)
		return fail_replay(p, "unterminated quote");
	if (n == 1 && !*cell[0])
		return 0;
	if (csv_time(cell[0], &at_s) < 0)
		return fail_replay(
		        p, "timestamp: \"%.60s\" is neither seconds nor a date", cell[0]);
	if (!p->begun)
		p->first_s = at_s;
	p->begun = true;
	if (fabs(at_s - p->first_s) > 1e9)
		return fail_replay(p, "timestamp: more than thirty years from the first");
	table_tick(&p->table, (uint64_t)(origin_ms + round((at_s - p->first_s) * 1000)));
	for (int i = 0; i < p->columns; i++) {
		if (csv_number(i + 1 < n ? cell[i + 1] : "", &v) < 0)
			return fail_replay(
			        p, "%s: \"%.60s\" is not a number", p->column[i], cell[i + 1]);
		series_set(p->series[i], &p->table, v);
	}
	if (p->all)
		p->anomaly = anomaly_update(p->all, &p->table);
	if (p->effect)
		anomaly_effect_update(&p->scorer.anomaly, p->effect, &p->table);
	score_update(&p->scorer, &p->table, p->cf, &p->events);
	if (p->plot)
		draw_replay_row(p, at_s);
	while (r == 0 && event_pop(&p->events, &e)) {
		if (p->plot)
			draw_event(p, at_s, &e);
		if (p->format != REPLAY_SCORES)
			r = show_event(p, cell[0], &e);
	}
	return r == 0 && p->format == REPLAY_SCORES ? show_scores(p, cell[0]) : r;
}

int replay(FILE *in, const char *name, const struct score_conf *cf, enum replay_format format,
        FILE *out, struct plot *plot, char *reterr)
{
	auto_free struct player *p = calloc(1, sizeof(*p));
	auto_free struct anomaly *all = format == REPLAY_SCORES ? anomaly_new(ANOMALY_ALL) : NULL;
	auto_free struct anomaly *effect = cf->unusual ? anomaly_new(ANOMALY_UNSCORED) : NULL;
	auto_free char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int r = 0;

	if (!p || (format == REPLAY_SCORES && !all) || (cf->unusual && !effect))
		return -ENOMEM;
	*p = (struct player){ .name = name,
		.out = out,
		.format = format,
		.cf = cf,
		.effect = effect,
		.all = all,
		.plot = plot,
		.reterr = reterr };
	if (format == REPLAY_SCORES)
		fputs("timestamp,anomaly,risk,eta_s\n", out);
	while (r == 0 && (len = getline(&line, &size, in)) >= 0) {
		p->line++;
		if (strlen(line) != (size_t)len)
			return fail_replay(p, "NUL byte in this line");
		r = p->columns ? play_row(p, line) : read_replay_header(p, line);
	}
	if (r == 0 && p->line == 0)
		r = fail_replay(p, "the file is empty");
	return r;
}
