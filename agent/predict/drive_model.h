/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive_model.h - the risk that a drive fails soon, from its counters (SMART, NVMe) over hours and
 * days.
 *
 * A small table of trees, trained on tens of thousands of drives by tests/prediction/fit,
 * evaluates each counter's value and recent growth. The age of the drive is left out on purpose: it
 * separates batches, not healthy from failing drives. The drive's own health flag sets a lower
 * bound. Pure arithmetic: no clock, no I/O, no allocation.
 */
#ifndef AGENT_PREDICT_DRIVE_MODEL_H
#define AGENT_PREDICT_DRIVE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* By SMART attribute.  An NVMe drive has none of them: for it, its own warning counts. */
enum drive_counter {
	DRIVE_COUNTER_REALLOCATED,   /* 5 */
	DRIVE_COUNTER_REPORTED,      /* 187 reported uncorrectable */
	DRIVE_COUNTER_TIMEOUTS,      /* 188 command time-outs */
	DRIVE_COUNTER_HIGH_FLY,      /* 189 high fly writes */
	DRIVE_COUNTER_EVENTS,        /* 196 reallocation events */
	DRIVE_COUNTER_PENDING,       /* 197 sectors waiting for reallocation */
	DRIVE_COUNTER_UNCORRECTABLE, /* 198 offline uncorrectable */
	DRIVE_COUNTERS,
	/* Of each: value, growth over about 3 and 30 days; then of all. */
	DRIVE_COUNTER_BAD = 3 * DRIVE_COUNTERS, /* how many of 5, 187, 188, 197 and 198 are not 0 */
	DRIVE_MODEL_CHANGES, /* readings of the last 30 days or so in which one grew */
	DRIVE_MODEL_QUIET,   /* hours since one grew, a year when none did */
	DRIVE_MODEL_FEATURES
};

struct drive_reading {
	double counter[DRIVE_COUNTERS]; /* raw values; NAN: the drive does not have it */
	bool failing_now;  /* SMART: an attribute is past its threshold, or health is not PASSED */
	bool health_known; /* the drive reported its health */
	uint8_t critical_warning; /* of NVMe's log page; 0: none */
};

struct drive_model {
	float last[DRIVE_COUNTERS];                        /* latest values; NAN: none yet */
	float days[DRIVE_COUNTERS], month[DRIVE_COUNTERS]; /* decaying growth */
	float changes, quiet_h;                            /* features of the same name */
	bool started;
};

void drive_model_start(struct drive_model *w);

/* Adds a reading, `dt_h` hours (any for the first) after the one before. */
void drive_model_update(struct drive_model *w, const struct drive_reading *r, double dt_h);

/* Computes the features of the trees; -1 for a counter that the drive does not have. */
void drive_model_features(const struct drive_model *w, float ret[static DRIVE_MODEL_FEATURES]);

/*
 * Returns the risk of failing within about a month, 0 to 1; at least 0.9 while the drive's own
 * health flag is set; NAN if unknown. An NVMe drive's percentage_used is a bounded ratio for the
 * scorer instead, exhausted at 1.
 */
double drive_model_risk(const struct drive_model *w, const struct drive_reading *r);

/* The counter without which the risk would be the lowest. */
struct drive_model_reason {
	enum drive_counter counter; /* DRIVE_COUNTERS: none */
	float value, grown;         /* its value, and its growth over about 30 days */
};
struct drive_model_reason drive_model_reason(const struct drive_model *w);

/* Returns a counter in words: "sectors waiting to be replaced". */
const char *drive_counter_label(enum drive_counter c);

#endif
