/* SPDX-License-Identifier: Apache-2.0 */
/* score_internal.h - what score.c, score_sample.c and alarm.c share, and nobody else needs. */
#ifndef AGENT_PREDICT_SCORE_INTERNAL_H
#define AGENT_PREDICT_SCORE_INTERNAL_H

#include "agent/predict/score.h"

/* When it is raised, and when it has been calm for long enough. */
struct alarm_limits {
	double raise, clear, calm_s;
};

/* One new sample of a series that is scored. */
void score_sample(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out);

void alarm_update(const struct scorer *sc, struct score *p, const struct table *t, double value,
        const struct alarm_limits *bar, struct event_queue *out);

void alarm_emit(const struct scorer *sc, const struct score *p, const struct table *t, double value,
        enum event_kind kind, struct event_queue *out);

#endif
