/* SPDX-License-Identifier: Apache-2.0 */
/* score_internal.h - shared by score.c, score_sample.c, score_state.c and alarm.c. */
#ifndef AGENT_PREDICT_SCORE_INTERNAL_H
#define AGENT_PREDICT_SCORE_INTERNAL_H

#include "agent/predict/score.h"

/* The assessment of one new sample, before its group is considered. */
struct assessment {
	enum score_state state; /* SCORE_UNKNOWN and SCORE_LEARNING: there is no risk */
	double risk;            /* within the horizon; an anomaly raises it */
	double level_risk;      /* lower bound by the level; an anomaly does not raise it */
	double month_risk;      /* of a drive: within a month */
};

/* Adds one new sample to the learnt state of a series and assesses it. */
struct assessment score_sample(struct scorer *sc, struct score *p, const struct table *t,
        const struct series *s, const struct score_conf *cf);

/* Raises or clears the alarm of a series after a new verdict. */
void alarm_update(const struct scorer *sc, struct score *p, const struct table *t, double value,
        const struct score_conf *cf, struct event_queue *out);

/* Queues an event with the verdict of a series. */
void alarm_emit(const struct scorer *sc, const struct score *p, const struct table *t, double value,
        enum event_kind kind, struct event_queue *out);

/* Restores the saved state of a bounded series that begins. */
void score_state_restore(struct scorer *sc, struct score *p);

/* Returns the saved records of drives, which drive_history_update() restores at the first reading. */
struct drive_history_saved score_state_drives(const struct scorer *sc);

#endif
