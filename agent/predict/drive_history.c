/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/drive_history.h"

#include <math.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/predict/fault.h"

static const double month_s = 30 * 86400.0;

/* By enum drive_counter. */
static const char *const counters[DRIVE_COUNTERS] = { "smart.reallocated",
	"smart.reported_uncorrectable", "smart.command_timeouts", "smart.high_fly_writes",
	"smart.reallocation_events", "smart.pending", "smart.offline_uncorrectable" };

uint16_t drive_history_join(struct drive_history *d, const struct series *s)
{
	for (unsigned i = 0; i < DRIVE_RECORDS_MAX; i++) {
		if (d->drive[i].generation)
			continue;
		d->drive[i] = (struct drive_record){
			.generation = s->generation, .identity = NAN, .on_s = NAN
		};
		memcpy(d->drive[i].instance, s->instance, sizeof(s->instance));
		drive_model_start(&d->drive[i].wear);
		return (uint16_t)(i + 1);
	}
	return 0;
}

void drive_history_leave(struct drive_history *d, uint16_t place)
{
	if (place)
		d->drive[place - 1].generation = 0;
}

/* Returns a metric of the same drive and reading as its drive.failing. */
static double drive_metric_of(const struct table *t, const struct series *of, const char *name)
{
	for (const struct series *s = t->series; s < t->series + t->count; s++)
		if (s->generation && s->at_ms == of->at_ms &&
		        strcmp(s->instance, of->instance) == 0 && strcmp(s->name, name) == 0)
			return s->value;
	return NAN;
}

/* Reallocated sectors stay so: a drive with fewer is another one. */
static bool is_another_drive(
        const struct drive_record *w, const struct drive_reading *r, double identity)
{
	if (!isnan(identity) && !isnan(w->identity))
		return identity != w->identity;
	return r->counter[DRIVE_COUNTER_REALLOCATED] <
	       (double)w->wear.last[DRIVE_COUNTER_REALLOCATED];
}

/* Compares serial numbers, or names if one is unknown. */
static bool is_same_drive(const struct drive_record *a, const char *instance, double identity)
{
	return isnan(a->identity) || isnan(identity) ? strcmp(a->instance, instance) == 0
	                                             : a->identity == identity;
}

static const struct drive_record *find_saved_drive(const struct drive_history_saved *saved,
        const struct series *s, const struct drive_reading *r, double identity)
{
	for (unsigned i = 0; i < saved->count; i++) {
		const struct drive_record *w = &saved->drive[i];

		if (is_same_drive(w, s->instance, identity) && !is_another_drive(w, r, identity))
			return w;
	}
	return NULL;
}

bool drive_history_find(const struct drive_history *d, const struct drive_record *saved)
{
	for (const struct drive_record *w = d->drive; w < d->drive + DRIVE_RECORDS_MAX; w++)
		if (w->generation && w->at_ms && is_same_drive(saved, w->instance, w->identity))
			return true;
	return false;
}

static double seconds_between(uint64_t from_ms, uint64_t to_ms)
{
	return to_ms > from_ms ? (double)(to_ms - from_ms) / 1000 : 0;
}

/* First reading of a drive: restores its saved history. */
static double start_drive_record(struct drive_record *w, const struct series *s,
        const struct drive_reading *r, const struct drive_history_saved *saved, double identity,
        double on_s)
{
	const struct drive_record *was = w->at_ms ? NULL : find_saved_drive(saved, s, r, identity);
	double dt_s = 0;

	drive_model_start(&w->wear);
	w->said = 0;
	if (!was)
		return 0;
	w->wear = was->wear;
	if (saved->same_boot && was->at_ms)
		dt_s = seconds_between(was->at_ms, s->at_ms);
	else if (on_s > was->on_s) /* not when either is NAN */
		dt_s = on_s - was->on_s;
	return dt_s;
}

double drive_history_update(struct drive_record *w, const struct table *t, const struct series *s,
        const struct drive_history_saved *saved)
{
	double identity = drive_metric_of(t, s, "drive.identity"),
	       on_s = drive_metric_of(t, s, "drive.on_s"), dt_s;
	struct drive_reading r = { .health_known = true };

	for (int i = 0; i < DRIVE_COUNTERS; i++)
		r.counter[i] = drive_metric_of(t, s, counters[i]);
	if (w->at_ms == 0 || is_another_drive(w, &r, identity))
		dt_s = start_drive_record(w, s, &r, saved, identity, on_s);
	else
		dt_s = seconds_between(w->at_ms, s->at_ms);
	w->said = s->value > 0 ? fault_risk(s->name, 1) : fault_decay(w->said, dt_s);
	drive_model_update(&w->wear, &r, dt_s / 3600);
	w->at_ms = s->at_ms;
	w->identity = isnan(identity) ? w->identity : identity;
	w->on_s = isnan(on_s) ? w->on_s : on_s;
	return drive_model_risk(&w->wear, &r);
}

double drive_risk_within(double month_risk, double s)
{
	return 1 - exp(log1p(-fmin(month_risk, 0.999999)) * s / month_s);
}

double drive_history_raise(double false_alarms)
{
	/*
	 * By tests/prediction/bench-drives: false alarms of one drive in 30 days, and the threshold at which they
	 * occur. The third alarms 1 % of the healthy drives, in the 20 months for which each was watched on
	 * average, and 46 % of the failing ones.
	 */
	static const struct {
		double alarms, raise;
	} measured[] = { { 1.8e-3, 0.022 }, { 9e-4, 0.071 }, { 4.8e-4, 0.112 }, { 1.4e-4, 0.265 },
		{ 4.9e-5, 0.37 } };
	const unsigned n = ARRAY_SIZE(measured);

	if (false_alarms <= 0)
		return measured[2].raise;
	for (unsigned i = 0; i < n; i++)
		if (false_alarms >= measured[i].alarms)
			return measured[i].raise;
	return measured[n - 1].raise;
}
