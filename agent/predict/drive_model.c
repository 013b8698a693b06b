/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/drive_model.h"

#include <math.h>

#include "agent/base/text.h"
#include "agent/predict/model/drive_table.h"

static const double days_h = 72, month_h = 720, year_h = 8760;

/* Risk of a drive whose own health flag is set. */
static const double floor_risk = 0.9;

/* Limit of a counter: 48 bits may hold several values, or garbage. */
static const float counter_max = 16777215;

void drive_model_start(struct drive_model *w)
{
	*w = (struct drive_model){ .quiet_h = (float)year_h };
	for (int i = 0; i < DRIVE_COUNTERS; i++)
		w->last[i] = NAN;
}

/*
 * Returns the share that is left after dt of exponential decay with that time constant. It avoids
 * exp(), whose last bit differs by platform.
 */
static float decay_factor(double dt_h, double tau_h)
{
	double u = 1 + dt_h / tau_h / 8;

	u *= u;
	u *= u;
	return (float)(1 / (u * u));
}

static float clamp_counter(double v)
{
	if (isnan(v))
		return NAN;
	return v < 0 ? 0 : v > (double)counter_max ? counter_max : (float)v;
}

void drive_model_update(struct drive_model *w, const struct drive_reading *r, double dt_h)
{
	float days, month;
	bool grew = false;

	if (!(dt_h > 0)) /* a clock that stands still, or NAN */
		dt_h = 0;
	dt_h = fmin(dt_h, year_h);
	days = decay_factor(dt_h, days_h);
	month = decay_factor(dt_h, month_h);
	for (int i = 0; i < DRIVE_COUNTERS; i++) {
		float v = clamp_counter(r->counter[i]);
		float up = v > w->last[i] ? v - w->last[i]
		                          : 0; /* a pending sector that healed is no growth */

		w->days[i] = w->days[i] * days + up;
		w->month[i] = w->month[i] * month + up;
		grew = grew || up > 0;
		if (!isnan(v)) /* an unread counter keeps its value */
			w->last[i] = v;
	}
	w->changes = w->changes * month + (grew ? 1 : 0);
	w->quiet_h = grew ? 0 : fminf(w->quiet_h + (float)dt_h, (float)year_h);
	w->started = true;
}

void drive_model_features(const struct drive_model *w, float ret[static DRIVE_MODEL_FEATURES])
{
	static const enum drive_counter telling[] = { DRIVE_COUNTER_REALLOCATED,
		DRIVE_COUNTER_REPORTED, DRIVE_COUNTER_TIMEOUTS, DRIVE_COUNTER_PENDING,
		DRIVE_COUNTER_UNCORRECTABLE };

	ret[DRIVE_COUNTER_BAD] = 0;
	for (int i = 0; i < DRIVE_COUNTERS; i++) {
		bool has = !isnan(w->last[i]);

		ret[3 * i] = has ? w->last[i] : -1;
		ret[3 * i + 1] = has ? w->days[i] : -1;
		ret[3 * i + 2] = has ? w->month[i] : -1;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(telling); i++)
		ret[DRIVE_COUNTER_BAD] += w->last[telling[i]] > 0 ? 1 : 0;
	ret[DRIVE_MODEL_CHANGES] = w->changes;
	ret[DRIVE_MODEL_QUIET] = w->quiet_h;
}

static double table_risk(const struct drive_model *w)
{
	float f[DRIVE_MODEL_FEATURES];

	drive_model_features(w, f);
	return 1 / (1 + exp(-(drive_shift + drive_slope * trees_sum(drive_trees, DRIVE_TREES, f))));
}

/* The model was trained on drives with platters and applies to drives with their counters. */
static bool has_known_counters(const struct drive_model *w)
{
	return !isnan(w->last[DRIVE_COUNTER_REALLOCATED]) && !isnan(w->last[DRIVE_COUNTER_PENDING]);
}

double drive_model_risk(const struct drive_model *w, const struct drive_reading *r)
{
	double risk = NAN;

	if (w->started && has_known_counters(w))
		risk = rint(table_risk(w) * 1e6) / 1e6; /* the last bits of exp() differ */
	if (r->failing_now || r->critical_warning != 0)
		risk = fmax(risk, floor_risk); /* NAN yields the floor */
	else if (isnan(risk) && w->started && r->health_known)
		risk = 0; /* nothing but the drive's own health is known */
	return risk;
}

struct drive_model_reason drive_model_reason(const struct drive_model *w)
{
	struct drive_model_reason ret = { .counter = DRIVE_COUNTERS };
	double least = has_known_counters(w) ? table_risk(w) : 0;

	for (int i = 0; i < DRIVE_COUNTERS && has_known_counters(w); i++) {
		struct drive_model without = *w;
		double risk;

		if (!(w->last[i] > 0))
			continue;
		without.last[i] = without.days[i] = without.month[i] = 0;
		risk = table_risk(&without);
		if (risk >= least)
			continue;
		least = risk;
		ret = (struct drive_model_reason){ (enum drive_counter)i, w->last[i], w->month[i] };
	}
	return ret;
}

const char *drive_counter_label(enum drive_counter c)
{
	static const char *const word[] = { "sectors replaced", "errors not corrected",
		"commands timed out", "writes with the head out of place", "attempts to replace",
		"sectors waiting to be replaced", "sectors its own test could not read" };

	return (unsigned)c < DRIVE_COUNTERS ? word[c] : "";
}
