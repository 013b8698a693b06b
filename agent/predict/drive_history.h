/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive_history.h - the wear of each drive in the table: its counters over hours, days and reboots.
 *
 * A drive is identified by its drive.failing series; its collector sets counters, hours and a hash
 * of the serial number beside it. History belongs to the drive: it follows a drive to another name,
 * and another drive in its place starts without history. Time is the table's within a boot and the
 * drive's power-on hours over a reboot, never the wall clock's.
 */
#ifndef AGENT_PREDICT_DRIVE_HISTORY_H
#define AGENT_PREDICT_DRIVE_HISTORY_H

#include "agent/data/table.h"
#include "agent/predict/drive_model.h"

enum { DRIVE_RECORDS_MAX = 16 };

struct drive_record {
	char instance[SERIES_INSTANCE];
	uint32_t generation; /* of its drive.failing; 0: free */
	uint64_t at_ms;      /* of the last reading; 0: none yet, or of another boot */
	double identity;     /* hash of the serial number; NAN: unknown */
	double on_s;         /* power-on time; NAN: unknown */
	double said;         /* decaying risk by the drive's own health flag */
	struct drive_model wear;
};

struct drive_history {
	struct drive_record drive[DRIVE_RECORDS_MAX];
};

/* Allocates a record for a drive.failing and returns its place, from 1; 0: no room. */
uint16_t drive_history_join(struct drive_history *d, const struct series *s);
void drive_history_leave(struct drive_history *d, uint16_t place);

/* Records of earlier runs, in the same boot or another. */
struct drive_history_saved {
	unsigned count;
	bool same_boot;
	const struct drive_record *drive;
};

/*
 * Adds a reading, of which `s` is the drive.failing; the first one restores a saved record. Returns the
 * risk of failing within a month by the counters; NAN: unknown.
 */
double drive_history_update(struct drive_record *w, const struct table *t, const struct series *s,
        const struct drive_history_saved *saved);

/* Returns true if one of the drives that were read is the saved one. */
bool drive_history_find(const struct drive_history *d, const struct drive_record *saved);

/* Returns the risk within `s` seconds by that within a month, at a constant rate. */
double drive_risk_within(double month_risk, double s);

/*
 * Threshold of the risk within a month. It was chosen on the Backblaze set; its false-alarm rate
 * holds for such drives only.
 */
double drive_history_raise(double false_alarms);

#endif
