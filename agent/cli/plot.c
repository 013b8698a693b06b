/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/predict/reason.h"

enum {
	COLUMNS = 16,
	/* when full, every second point is dropped and the sampling interval is doubled */
	POINTS = 1024,
	EVENTS = 64,
	WIDTH = 960,
	LEFT = 56,
	RIGHT = 16,
	TOP = 32,
	HIGH = 260,
	GAP = 36,
	RISK_HIGH = 90,
	FANS = 10, /* number of forecasts drawn */
};

struct column {
	char name[SERIES_NAME + SERIES_INSTANCE + 4];
	bool bounded;
	unsigned n, every, skipped;
	double riskiest;
	struct plot_point point[POINTS];
	unsigned events;
	struct {
		double at_s;
		bool raised;
	} event[EVENTS];
};

struct plot {
	unsigned columns;
	struct column column[COLUMNS];
};

struct plot *plot_new(void)
{
	return calloc(1, sizeof(struct plot));
}

void plot_column(struct plot *p, unsigned column, const char *name, bool bounded)
{
	struct column *c;

	if (column >= COLUMNS)
		return;
	c = &p->column[column];
	p->columns = column + 1;
	*c = (struct column){ .bounded = bounded, .every = 1, .riskiest = -1 };
	STR_COPY(c->name, name);
}

/*
 * Of points that share a pixel the one with the highest risk is kept, so that a short alarm stays
 * visible.
 */
void plot_add(struct plot *p, unsigned column, const struct plot_point *point)
{
	struct column *c;

	if (column >= p->columns)
		return;
	c = &p->column[column];
	if (!isnan(point->risk))
		c->riskiest = fmax(c->riskiest, point->risk);
	if (++c->skipped < c->every && c->n > 0) {
		if (point->risk > c->point[c->n - 1].risk)
			c->point[c->n - 1] = *point;
		return;
	}
	c->skipped = 0;
	if (c->n == POINTS) {
		for (unsigned i = 0; i < POINTS / 2; i++)
			c->point[i] =
			        c->point[2 * i + (c->point[2 * i + 1].risk > c->point[2 * i].risk)];
		c->n = POINTS / 2;
		c->every *= 2;
	}
	c->point[c->n++] = *point;
}

void plot_event(struct plot *p, unsigned column, double at_s, bool raised)
{
	struct column *c = column < p->columns ? &p->column[column] : NULL;

	if (!c || c->events == EVENTS)
		return;
	c->event[c->events].at_s = at_s;
	c->event[c->events++].raised = raised;
}

/* Returns the column with the highest risk, else the first. */
static const struct column *choose_plotted_series(const struct plot *p)
{
	const struct column *best = p->column;

	for (unsigned i = 1; i < p->columns; i++)
		if (p->column[i].riskiest > best->riskiest)
			best = &p->column[i];
	return best;
}

struct frame {
	FILE *out;
	double from_s, to_s, low, high;
};

static double x_of(const struct frame *f, double at_s)
{
	double part = f->to_s > f->from_s ? (at_s - f->from_s) / (f->to_s - f->from_s) : 0;

	return LEFT + fmin(fmax(part, 0), 1) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct frame *f, double value)
{
	double part = f->high > f->low ? (value - f->low) / (f->high - f->low) : 0;

	return TOP + HIGH - fmin(fmax(part, 0), 1) * HIGH;
}

static double risk_y(double risk)
{
	return TOP + HIGH + GAP + RISK_HIGH * (1 - risk);
}

static void draw_plot_text(
        const struct frame *f, double x, double y, const char *anchor, const char *s)
{
	fprintf(f->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	for (; *s; s++) {
		if (*s == '<')
			fputs("&lt;", f->out);
		else if (*s == '&')
			fputs("&amp;", f->out);
		else
			/* names are bytes, but XML requires characters */
			fputc((unsigned char)*s < ' ' || (unsigned char)*s > '~' ? '?' : *s,
			        f->out);
	}
	fputs("</text>\n", f->out);
}

static double of_value(const struct plot_point *p)
{
	return p->value;
}

static double of_risk(const struct plot_point *p)
{
	return p->risk;
}

/* Draws a curve with gaps where the value is unknown. */
static void draw_plot_curve(const struct frame *f, const struct column *c, const char *style,
        double (*of)(const struct plot_point *), bool risk)
{
	bool down = false;

	fprintf(f->out, "<path %s d=\"", style);
	for (unsigned i = 0; i < c->n; i++) {
		double v = of(&c->point[i]);

		if (isfinite(v))
			fprintf(f->out, "%c%.1f %.1f", down ? 'L' : 'M', x_of(f, c->point[i].at_s),
			        risk ? risk_y(v) : y_of(f, v));
		down = isfinite(v);
	}
	fputs("\"/>\n", f->out);
}

/*
 * Draws a forecast from the current value to the limit: the interval as a fan, the estimate as a
 * line.
 */
static void draw_forecast_fan(const struct frame *f, const struct plot_point *p)
{
	double x = x_of(f, p->at_s), y = y_of(f, p->value), top = y_of(f, 1);

	if (isnan(p->left_s) || isnan(p->value))
		return;
	if (!isnan(p->low_s) && !isnan(p->high_s))
		fprintf(f->out, "<path class=\"band\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"/>\n", x,
		        y, x_of(f, p->at_s + p->low_s), top, x_of(f, p->at_s + p->high_s), top);
	fprintf(f->out, "<path class=\"ahead\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", x, y,
	        x_of(f, p->at_s + p->left_s), top);
}

static void draw_forecast_fans(const struct frame *f, const struct column *c)
{
	unsigned step = c->n / FANS + 1;

	for (unsigned i = 0; c->bounded && i < c->n; i += step) {
		const struct plot_point *p = &c->point[i];

		for (unsigned j = i; j < i + step && j < c->n; j++)
			if (c->point[j].risk > p->risk)
				p = &c->point[j];
		if (p->risk >= 0.3)
			draw_forecast_fan(f, p);
	}
}

static struct frame frame_of(const struct column *c, FILE *out)
{
	struct frame f = { .out = out, .low = 0, .high = 1 };

	if (c->n > 0) {
		f.from_s = c->point[0].at_s;
		f.to_s = c->point[c->n - 1].at_s;
	}
	if (c->bounded)
		return f;
	f.low = INFINITY;
	f.high = -INFINITY;
	for (unsigned i = 0; i < c->n; i++) {
		f.low = fmin(f.low, c->point[i].value);
		f.high = fmax(f.high, c->point[i].value);
	}
	return f;
}

static void draw_plot_axes(const struct frame *f, const struct column *c)
{
	char label[64], span[REASON_SPAN];

	for (int i = 0; i <= 4; i++) {
		double v = f->low + (f->high - f->low) * i / 4, y = y_of(f, v);

		fprintf(f->out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, y,
		        WIDTH - RIGHT);
		(void)snprintf(label, sizeof(label), c->bounded ? "%.0f %%" : "%.4g",
		        c->bounded ? v * 100 : v);
		draw_plot_text(f, LEFT - 6, y + 4, "end", label);
	}
	for (int i = 0; i <= 1; i++) {
		fprintf(f->out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, risk_y(i),
		        WIDTH - RIGHT);
		draw_plot_text(f, LEFT - 6, risk_y(i) + 4, "end", i ? "risk 1" : "0");
	}
	reason_span(f->to_s - f->from_s, span);
	(void)snprintf(label, sizeof(label), "%s in all", span);
	draw_plot_text(f, WIDTH - RIGHT, TOP + HIGH + GAP + RISK_HIGH + 18, "end", label);
	draw_plot_text(f, LEFT, TOP - 12, "start", c->name);
}

int plot_write(const struct plot *p, FILE *out)
{
	const struct column *c = choose_plotted_series(p);
	struct frame f = frame_of(c, out);

	fprintf(out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
	        "font-family=\"sans-serif\" "
	        "font-size=\"12\">\n<style>path{fill:none}.grid{stroke:#ddd}.value{stroke:#1f5fa8;"
	        "stroke-width:1.5}"
	        ".band{fill:#e8a33d;fill-opacity:.25}.ahead{stroke:#e8a33d;stroke-dasharray:4 3}"
	        ".risk{stroke:#b3261e;stroke-width:1.5}.raised{stroke:#b3261e}.cleared{stroke:#"
	        "2e7d32}"
	        "</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
	        WIDTH, TOP + HIGH + GAP + RISK_HIGH + 28);
	draw_plot_axes(&f, c);
	draw_forecast_fans(&f, c);
	draw_plot_curve(&f, c, "class=\"value\"", of_value, false);
	draw_plot_curve(&f, c, "class=\"risk\"", of_risk, true);
	for (unsigned i = 0; i < c->events; i++)
		fprintf(out, "<path class=\"%s\" d=\"M%.1f %dV%d\"/>\n",
		        c->event[i].raised ? "raised" : "cleared", x_of(&f, c->event[i].at_s), TOP,
		        TOP + HIGH + GAP + RISK_HIGH);
	fputs("</svg>\n", out);
	return ferror(out) ? -EIO : 0;
}
