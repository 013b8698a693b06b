/* SPDX-License-Identifier: Apache-2.0 */
/* score_internal.h - shared by score.c, score_sample.c, score_state.c and alarm.c. */
#ifndef AGENT_PREDICT_SCORE_INTERNAL_H
#define AGENT_PREDICT_SCORE_INTERNAL_H

#include "agent/predict/score.h"

/* Risks at which an alarm is raised and cleared, and seconds below `clear` before it is cleared. */
struct alarm_limits {
	double raise, clear, calm_s;
};

/* Scores one new sample of a series. */
void score_sample(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out);

void alarm_update(const struct scorer *sc, struct score *p, const struct table *t, double value,
        const struct alarm_limits *bar, struct event_queue *out);

void alarm_emit(const struct scorer *sc, const struct score *p, const struct table *t, double value,
        enum event_kind kind, struct event_queue *out);

/* Restores the saved state of a bounded series that begins. */
void score_state_restore(struct scorer *sc, struct score *p);

/* Returns the saved records of drives, which drive_history_update() restores at the first reading. */
struct drive_history_saved score_state_drives(const struct scorer *sc);

#endif
