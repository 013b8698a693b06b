/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score.h - from samples to risk: how likely, and how soon, a series means failure.
 *
 * Pure: the same table contents in the same order give the same events, on every platform.  It reads
 * no clock, file or setting that it was not handed, which is what lets `prehup replay` run a month of
 * recorded samples through it in a second.
 *
 * Series without a fails_at are watched and never scored.  State: 500 bytes a series.
 */
#ifndef AGENT_SCORE_H
#define AGENT_SCORE_H

#include "agent/event.h"
#include "agent/sample.h"
#include "agent/trend.h"

struct score_conf {
	double raise;       /* risk at which predict.raised is sent */
	double clear;       /* risk below which it is cleared; less than raise */
	unsigned horizon_s; /* risk is that of failing within so many seconds */
	unsigned warmup_s;  /* a new series is only learnt for so long */
};

enum score_state {
	SCORE_UNKNOWN,  /* no sample, or the last could not be read */
	SCORE_LEARNING, /* too little seen to say anything */
	SCORE_OK,
	SCORE_RAISED, /* from predict.raised to predict.cleared, whatever is read meanwhile */
};

/* What is concluded of one series, for status and for events. */
struct verdict {
	enum score_state state;
	double risk;   /* of failing within the horizon, 0 to 1; NAN while unknown or learning */
	double left_s; /* until failure, as it looks now; NAN: not heading there */
	double used;   /* share of what means failure */
	double per_s;  /* its slope */
};

struct score {
	uint32_t born;  /* of the series this is about: another one in the slot starts afresh */
	uint64_t at_ms; /* last sample taken in */
	uint64_t first_ms;
	uint64_t calm_ms; /* since when the risk has been below `clear`; 0: it is not */
	unsigned over;    /* samples in a row at or above `raise` */
	struct trend trend;
	struct verdict verdict;
	char name[SERIES_NAME], instance[SERIES_INSTANCE]; /* to clear what has vanished */
};

struct scorer {
	struct score per[SERIES_MAX]; /* same index as table.series */
};

/* Takes in what is new in the table and queues what changed. */
void score_update(struct scorer *sc, const struct table *t, const struct score_conf *cf,
        struct event_queue *out);

/* Index of the series with the highest known risk, -1 when none has one. */
int score_worst(const struct scorer *sc, const struct table *t);

/* One line for a person: where it stands, where it heads, how long that takes. */
void score_reason(const char *name, const char *instance, const struct verdict *v,
        char ret[static EVENT_REASON]);

#endif
