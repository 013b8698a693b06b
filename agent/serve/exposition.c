/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposition.c - Prometheus' text format, and the answer for each path; exposition_health.c has
 * /health.
 */
#include "agent/serve/exposition.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/serve/exposition_internal.h"

/*
 * Label for the instance (disk, mount point). Prometheus uses `instance` for the target and renames
 * this one to exported_instance unless the job has honor_labels.
 */
static const char instance_label[] = "instance";

static void print_metric_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s ", name);
	for (; *help; help++) {
		if (*help == '\\' || *help == '\n')
			fputc('\\', out);
		fputc(*help == '\n' ? 'n' : *help, out);
	}
	fprintf(out, "\n# TYPE %s %s\n", name, type);
}

static void put_label(FILE *out, const char *name, const char *value)
{
	char text[4 * EVENT_REASON]; /* a byte becomes "\\xNN" at most */

	(void)text_make_utf8(text, sizeof(text), value);
	fprintf(out, "%s=\"", name);
	for (const char *s = text; *s; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			fputc('\\', out);
		fputc(*s == '\n' ? 'n' : *s, out);
	}
	fputc('"', out);
}

static void put_value(FILE *out, double value)
{
	if (isinf(value))
		fprintf(out, " %cInf\n", value > 0 ? '+' : '-');
	else
		fprintf(out, " %.15g\n", value);
}

/* Empty labels are omitted. */
static void print_exposition(
        FILE *out, const char *name, const char *metric, const char *instance, double value)
{
	const char *between = "{";

	fputs(name, out);
	if (*metric) {
		fputs(between, out);
		put_label(out, "metric", metric);
		between = ",";
	}
	if (*instance) {
		fputs(between, out);
		put_label(out, instance_label, instance);
		between = ",";
	}
	if (*between == ',')
		fputc('}', out);
	put_value(out, value);
}

static void put_metric(FILE *out, const struct metric *m, const struct table *t)
{
	char name[EXPOSITION_NAME];
	const double factor = exposition_name(m->name, m->unit, name);
	const bool counts = m->kind == METRIC_FAULT_COUNTER;
	size_t len = strlen(name);
	bool begun = false;

	if (counts)
		(void)snprintf(name + len, sizeof(name) - len, "_total");

	for (const struct series *s = t->series; s < t->series + t->count; s++) {
		if (s->generation == 0 || s->at_ms == 0 || isnan(s->value) ||
		        strcmp(s->name, m->name) != 0)
			continue;
		if (!begun)
			print_metric_head(out, name, counts ? "counter" : "gauge", m->meaning);
		begun = true;
		print_exposition(out, name, "", s->instance, s->value * factor);
	}
}

static double verdict_risk(const struct verdict *v)
{
	return v->risk;
}

static double verdict_seconds_left(const struct verdict *v)
{
	return v->left_s;
}

static double verdict_raised(const struct verdict *v)
{
	return v->state == SCORE_RAISED;
}

/* Prints a sample for each series that can fail. */
static void put_verdicts(FILE *out, const struct exposition *e, const char *name, const char *help,
        double (*of)(const struct verdict *v))
{
	bool begun = false;

	for (unsigned i = 0; i < e->table->count; i++) {
		const struct series *s = &e->table->series[i];
		const struct score *p = score_of(e->scorer, e->table, i);

		if (!p || isnan(of(&p->verdict)))
			continue;
		if (!begun)
			print_metric_head(out, name, "gauge", help);
		begun = true;
		print_exposition(out, name, s->name, s->instance, of(&p->verdict));
	}
}

static void put_guest(FILE *out, const struct exposition *e)
{
	bool begun = false;

	for (const struct exposition_label *l = e->label; l < e->label + e->label_count; l++) {
		if (!*l->value)
			continue;
		if (!begun)
			print_metric_head(out, "prehup_guest_info", "gauge",
			        "Always 1; the labels describe the platform.");
		fputs(begun ? "," : "prehup_guest_info{", out);
		put_label(out, l->name, l->value);
		begun = true;
	}
	if (begun)
		fputs("} 1\n", out);
}

static void put_all(FILE *out, const struct exposition *e)
{
	int worst = score_worst(e->scorer, e->table);

	for (const struct metric *m = metrics; m->name; m++)
		put_metric(out, m, e->table);
	put_verdicts(
	        out, e, "prehup_risk", "Risk of failing within the horizon, 0 to 1.", verdict_risk);
	put_verdicts(out, e, "prehup_seconds_left",
	        "Predicted time until failure; absent without a prediction.", verdict_seconds_left);
	put_verdicts(out, e, "prehup_raised", "1 from predict.raised to predict.cleared.",
	        verdict_raised);
	if (worst >= 0) {
		print_metric_head(out, "prehup_machine_risk", "gauge",
		        "Risk of the guest as a whole, all causes together.");
		print_exposition(out, "prehup_machine_risk", "", "", e->scorer->groups.risk);
	}
	if (e->scorer->anomaly.at_ms) {
		print_metric_head(out, "prehup_unusual", "gauge",
		        "Anomaly score of the guest's behaviour, 0 to 1.");
		print_exposition(out, "prehup_unusual", "", "", e->scorer->anomaly.now);
	}
	for (const struct exposition_number *n = e->number; n < e->number + e->count; n++) {
		char name[128];

		if (isnan(n->value))
			continue;
		(void)snprintf(name, sizeof(name), "prehup_%s", n->name);
		print_metric_head(out, name, n->type, n->help);
		print_exposition(out, name, "", "", n->value);
	}
	put_guest(out, e);
	print_metric_head(out, "prehup_build_info", "gauge", "Always 1; the version is the label.");
	fputs("prehup_build_info{", out);
	put_label(out, "version", VERSION);
	fputs("} 1\n", out);
}

int exposition_metrics(const struct exposition *e, char **ret, size_t *ret_len)
{
	FILE *out;
	bool bad;

	*ret = NULL;
	out = open_memstream(ret, ret_len);
	if (!out)
		return -ENOMEM;
	put_all(out, e);
	bad = ferror(out);
	if (fclose(out) != 0 || bad) {
		free(*ret);
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

void exposition_answer(const struct exposition *e, const char *path, struct listener_answer *ret)
{
	static const char index[] = "prehup " VERSION ": /health, /metrics\n";
	int status = 200;

	if (strcmp(path, "/") == 0) {
		ret->body = strdup(index);
		ret->len = sizeof(index) - 1;
	} else if (strcmp(path, "/metrics") == 0) {
		if (exposition_metrics(e, &ret->body, &ret->len) == 0)
			ret->type = "text/plain; version=0.0.4; charset=utf-8";
	} else if (strcmp(path, "/health") == 0 || strcmp(path, "/healthz") == 0) {
		status = exposition_health(e, &ret->body, &ret->len);
		if (status > 0)
			ret->type = "application/json";
	} else {
		return;
	}
	ret->status = ret->body ? status : 500;
}
