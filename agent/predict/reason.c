/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/reason.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "agent/base/text.h"

void reason_span(double s, char ret[static REASON_SPAN])
{
	static const struct {
		double below, unit;
		const char *name;
		int digits;
	} units[] = { { 119.5, 1, "s", 0 }, { 7170, 60, "min", 0 }, { 2.0 * 86400, 3600, "h", 1 },
		{ INFINITY, 86400, "d", 0 } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!(s < units[i].below) && i + 1 < ARRAY_SIZE(units))
			continue;
		(void)snprintf(ret, REASON_SPAN, "%.*f %s", units[i].digits, s / units[i].unit,
		        units[i].name);
		return;
	}
}

void reason_pace(double per_s, char *ret, size_t size)
{
	static const struct {
		double s;
		const char *name;
	} units[] = { { 60, "minute" }, { 3600, "hour" }, { 86400, "day" } };

	*ret = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		double percent = 100 * per_s * units[i].s;

		if (!(fabs(percent) >= 0.05))
			continue;
		(void)snprintf(ret, size, ", %s %.1f %% a%s %s", percent > 0 ? "rising" : "falling",
		        fabs(percent), i == 1 ? "n" : "", units[i].name);
		return;
	}
}

/* A line to which text is appended, up to its bound. */
struct line {
	char *text;
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void append_text(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->n, EVENT_REASON - l->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->n += (size_t)n < EVENT_REASON - l->n ? (size_t)n : EVENT_REASON - l->n - 1;
}

static void append_time_left(struct line *l, const struct verdict *v)
{
	char left[REASON_SPAN], low[REASON_SPAN], high[REASON_SPAN];

	if (isnan(v->left_s))
		return;
	if (v->left_s <= 0) {
		append_text(l, ", used up");
		return;
	}
	reason_span(v->left_s, left);
	append_text(l, ", reached in %s", left);
	if (!(v->high_s > 0))
		return;
	reason_span(v->low_s, low);
	reason_span(v->high_s, high);
	append_text(l, " (%s to %s)", low, high);
}

static void append_drive_reason(struct line *l, const struct verdict *v)
{
	if (isnan(v->risk)) {
		append_text(l, ": unknown");
	} else if (v->fault_count > 0) {
		append_text(l, ": the drive says that it fails");
	} else if (v->drive_reason.counter == DRIVE_COUNTERS) {
		append_text(l, ": no sign of failure");
	} else {
		append_text(l, ": %.1f %% of drives with such counters fail in a month; %.0f %s",
		        v->risk * 100, (double)v->drive_reason.value,
		        drive_counter_label(v->drive_reason.counter));
		if (v->drive_reason.grown >= 0.5F)
			append_text(l, ", %.0f of late", (double)v->drive_reason.grown);
	}
}

void score_reason(const char *name, const char *instance, const struct verdict *v,
        char ret[static EVENT_REASON])
{
	struct line l = { .text = ret };
	char pace[64];

	append_text(&l, *instance ? "%s[%.60s]" : "%s", name, instance);
	if (v->is_drive) {
		append_drive_reason(&l, v);
		return;
	}
	if (isnan(v->is_fault ? v->risk : v->used)) {
		append_text(&l, ": unknown");
		return;
	}
	if (v->is_fault) {
		if (v->fault_count > 1)
			append_text(&l, ": a sign of failure, %.0f times of late", v->fault_count);
		else
			append_text(&l, ": %s sign of failure", v->risk > 0.05 ? "a" : "no");
		return;
	}
	append_text(&l, " at %.1f %% of its limit", v->used * 100);
	reason_pace(v->slope_per_s, pace, sizeof(pace));
	append_text(&l, "%s", pace);
	append_time_left(&l, v);
}
