/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score.h - from samples to risk: the probability and the time of a series' failure.
 *
 * Pure: the same table contents in the same order give the same events, on every platform. It reads
 * no clock, file or setting but its arguments, so `prehup replay` runs a month of recorded samples
 * through it in a second.
 *
 * exhaustion.h scores bounded series, fault.h faults, drive_history.h drives; gauges are watched
 * and never scored by themselves. Scores are combined by risk group (risk_group.h) into the
 * machine's risk; anomalies (anomaly_effect.h) raise the risks of groups.
 */
#ifndef AGENT_PREDICT_SCORE_H
#define AGENT_PREDICT_SCORE_H

#include "agent/data/event.h"
#include "agent/data/table.h"
#include "agent/predict/anomaly_effect.h"
#include "agent/predict/drive_history.h"
#include "agent/predict/exhaustion.h"
#include "agent/predict/risk_group.h"
#include "agent/predict/score_conf.h"

enum { BOUNDS_MAX = 96 }; /* bounded series; those beyond stay unknown, and are counted */

enum score_state {
	SCORE_UNKNOWN,  /* no sample, or the last could not be read */
	SCORE_LEARNING, /* too few samples for a risk */
	SCORE_OK,
	SCORE_RAISED, /* from predict.raised to predict.cleared, whatever is read meanwhile */
};

/* Names by state. */
extern const char *const score_states[];

/* The conclusion about one series, for status and for events. */
struct verdict {
	enum score_state state;
	double risk; /* of failing within the horizon, a drive's within a month; NAN: unknown or learning */
	double risk_in_horizon; /* of failing within the horizon; the machine's risk is made of these */
	double base_risk;       /* risk_in_horizon without the effect of an anomaly */
	double left_s;          /* seconds until failure; NAN: it is not heading there */
	double low_s, high_s;    /* bounds of left_s, which hold four times of five */
	double used;             /* used share of the limit */
	double slope_per_s;      /* change of `used` in a second */
	double baseline;         /* mean of `used` over about a day */
	double within[HORIZONS]; /* risk by horizon, the user's first; NAN: too few samples */
	bool is_fault;           /* a fault metric: used, slope_per_s and left_s have no meaning */
	bool is_drive;           /* a fault metric of a drive: drive_reason holds */
	double fault_count;      /* faults counted since the risk was last below `clear` */
	struct drive_model_reason drive_reason;
};

struct score {
	uint32_t
	        generation; /* of the series this is about: another one in the slot starts afresh */
	uint16_t bound, drive, group; /* places in struct scorer, from 1; 0: none */
	uint64_t at_ms;               /* time of the last sample */
	uint64_t first_ms;
	uint64_t calm_ms;  /* time at which the risk fell below `clear`; 0: it is not */
	unsigned over;     /* consecutive samples at or above `raise` */
	double baseline_s; /* seconds for which `baseline` has been learnt */
	double limit;      /* limit at the last report; NAN: never */
	double count;      /* of a fault: its last value; NAN: none yet */
	struct verdict verdict;
	char name[SERIES_NAME],
	        instance[SERIES_INSTANCE]; /* name for clearing a series that has vanished */
};

struct bound {
	uint32_t generation; /* of its series; 0: free */
	struct exhaustion x;
};

struct scorer {
	struct horizons horizons;
	unsigned refused; /* bounded series that found no room */
	struct anomaly_effect anomaly;
	struct risk_groups groups;
	struct saved_state
	        *saved; /* state of an earlier run that is not restored yet; NULL: none */
	/*
	 * By index of table.series: generation of the series that uses the place, and place of its
	 * score, from 1; 0: none.
	 */
	uint32_t generation[SERIES_MAX];
	uint16_t place[SERIES_MAX];
	struct score
	        score[SERIES_MAX]; /* few are scored: only the first of these are ever touched */
	struct bound bound[BOUNDS_MAX];
	struct drive_history drives;
};

/* Of the series at that index; NULL: it is not scored. */
const struct score *score_of(const struct scorer *sc, const struct table *t, unsigned i);

/* Returns the verdict; one in which nothing is known for a series that is not scored. */
const struct verdict *score_verdict(const struct scorer *sc, const struct table *t, unsigned i);

/* Processes new samples of the table and queues the resulting events. */
void score_update(struct scorer *sc, const struct table *t, const struct score_conf *cf,
        struct event_queue *out);

/* True if the risk of that series is not part of the machine's (risk_group.h). */
bool score_is_local(const struct scorer *sc, const struct table *t, unsigned i);

/* Index of the series with the highest known risk of the machine's, -1 when none has one. */
int score_worst(const struct scorer *sc, const struct table *t);

/* Describes a verdict in one line: the level, its slope, the time left. */
void score_reason(const char *name, const char *instance, const struct verdict *v,
        char ret[static EVENT_REASON]);

/*
 * The scorer's state survives a restart of the daemon and a reboot of the guest in one small file with a checksum.  A
 * file that is torn, damaged or of another build is ignored.  Within one boot the whole state is restored.  After a
 * reboot the time that the guest was off is unknown: only baselines and the history of drives, which count their own
 * hours, are restored.
 */
extern const char score_state_file[];

/* Writes the state without waiting for the disk and without allocating.  Returns 0 or -errno. */
int score_state_save(const struct scorer *sc, const struct table *t, const char *boot);

/*
 * Reads the state; a series is restored when it appears.  Returns the number of saved series, or -errno: -ENOENT,
 * -EBADMSG when the file is not whole.  score_state_discard() releases the rest.
 */
int score_state_load(struct scorer *sc, const char *boot);
void score_state_discard(struct scorer *sc);

#endif
