/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/data/event.h"
#include "agent/predict/reason.h"

struct row {
	const json_t *o;
	double risk;
};

static struct watch_past *find_watch_past(struct watch *w, const json_t *o)
{
	struct watch_past *oldest = w->past;

	for (struct watch_past *p = w->past; p < w->past + WATCH_ROWS; p++) {
		if (p->n && strcmp(p->metric, json_text_at(o, "metric")) == 0 &&
		        strcmp(p->instance, json_text_at(o, "instance")) == 0)
			return p;
		if (p->seen < oldest->seen)
			oldest = p;
	}
	*oldest = (struct watch_past){ 0 };
	STR_COPY(oldest->metric, json_text_at(o, "metric"));
	STR_COPY(oldest->instance, json_text_at(o, "instance"));
	return oldest;
}

static void remember_used_ratio(struct watch *w, const json_t *o)
{
	struct watch_past *p = find_watch_past(w, o);

	if (p->n == WATCH_PAST)
		memmove(p->used, p->used + 1, (WATCH_PAST - 1) * sizeof(p->used[0]));
	else
		p->n++;
	p->used[p->n - 1] = (float)json_number_at(o, "used");
	p->seen = w->frame;
}

/*
 * Scales between the lowest and the highest value shown; the range is at least a hundredth of the
 * limit.
 */
static void draw_watch_past(struct watch *w, const json_t *o, FILE *out)
{
	static const char *const bar[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	const struct watch_past *p = find_watch_past(w, o);
	float low = INFINITY, high = -INFINITY;

	for (unsigned i = 0; i < p->n; i++) {
		low = fminf(low, p->used[i]);
		high = fmaxf(high, p->used[i]);
	}
	high = fmaxf(high, low + 0.01F);
	for (unsigned i = p->n; i < WATCH_PAST; i++)
		fputc(' ', out);
	for (unsigned i = 0; i < p->n; i++) {
		float part = (p->used[i] - low) / (high - low) * 7.99F;

		fputs(isnan(part) ? "?" : bar[(int)fminf(fmaxf(part, 0), 7)], out);
	}
}

static int compare_row_risk(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->risk < y->risk ? 1 : x->risk > y->risk ? -1 : 0;
}

/* Prints at most `width` characters and replaces control characters. */
static void print_bounded_text(FILE *out, const char *s, unsigned width)
{
	for (; *s && width > 0; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			width--;
		fputc((unsigned char)*s < ' ' || *s == 127 ? '?' : *s, out);
	}
}

static void draw_watch_row(struct watch *w, const struct row *r, unsigned columns, FILE *out)
{
	const bool raised = strcmp(json_text_at(r->o, "state"), "raised") == 0;
	double used = json_number_at(r->o, "used"), left = json_number_at(r->o, "left_s");
	char name[SERIES_NAME + SERIES_INSTANCE + 4], span[REASON_SPAN] = "-", percent[16] = "-";

	(void)snprintf(name, sizeof(name), *json_text_at(r->o, "instance") ? "%s[%s]" : "%s",
	        json_text_at(r->o, "metric"), json_text_at(r->o, "instance"));
	if (!isnan(left))
		reason_span(left, span);
	if (!isnan(used))
		(void)snprintf(percent, sizeof(percent), "%.1f %%", used * 100);
	if (r->risk >= 0)
		fprintf(out, "%s%5.2f%s  ", raised ? "\033[1;31m" : "", r->risk,
		        raised ? "\033[0m" : "");
	else
		fprintf(out, "%5s  ", "-");
	fprintf(out, "%8s  %-8s ", percent, span);
	draw_watch_past(w, r->o, out);
	fputs("  ", out);
	if (columns > 58)
		print_bounded_text(
		        out, r->risk >= 0.05 ? json_text_at(r->o, "reason") : name, columns - 58);
	fputs("\033[K\n", out);
}

void watch_frame(struct watch *w, const json_t *doc, unsigned rows, unsigned columns, FILE *out)
{
	struct row row[WATCH_ROWS] = { 0 };
	char span[REASON_SPAN];
	unsigned n = 0;
	const json_t *c, *o;
	size_t i, j;

	w->frame++;
	json_array_foreach (json_object_get(doc, "causes"), i, c)
		json_array_foreach (json_object_get(c, "metrics"), j, o) {
			double risk = json_number_at(o, "risk");

			if (n == WATCH_ROWS)
				break;
			row[n++] = (struct row){ .o = o, .risk = isnan(risk) ? -1 : risk };
			remember_used_ratio(w, o);
		}
	qsort(row, n, sizeof(row[0]), compare_row_risk);
	reason_span(json_number_at(doc, "horizon_s"), span);
	fputs("\033[H", out);
	if (isnan(json_number_at(doc, "risk")))
		fputs("Still learning", out);
	else
		fprintf(out, "Risk of failing within %s: %.2f   %s", span,
		        json_number_at(doc, "risk"), json_text_at(doc, "state"));
	if (*json_text_at(json_object_get(doc, "unusual"), "reason") && columns > 50) {
		fputs("   unusual: ", out);
		print_bounded_text(
		        out, json_text_at(json_object_get(doc, "unusual"), "reason"), columns - 50);
	}
	fputs("\033[K\n", out);
	fprintf(out, "%5s  %8s  %-8s %*s  %s\033[K\n", "RISK", "USED", "LEFT", WATCH_PAST, "PAST",
	        "WHAT");
	for (unsigned k = 0; k < n && k + 2 < rows; k++)
		draw_watch_row(w, &row[k], columns, out);
	fputs("\033[J", out);
}
