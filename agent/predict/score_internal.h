/* SPDX-License-Identifier: Apache-2.0 */
/* score_internal.h - what score.c, score_sample.c and alarm.c share, and nobody else needs. */
#ifndef AGENT_PREDICT_SCORE_INTERNAL_H
#define AGENT_PREDICT_SCORE_INTERNAL_H

#include "agent/predict/score.h"

/* When it is raised, and when it has been calm for long enough. */
struct score_bar {
	double raise, clear, calm_s;
};

/* One new sample of a series that is scored. */
void score_take(struct scorer *sc, struct score *p, const struct table *t, const struct series *s,
        const struct score_conf *cf, struct event_queue *out);

void score_raise_or_clear(const struct scorer *sc, struct score *p, const struct table *t,
        double value, const struct score_bar *bar, struct event_queue *out);

void score_tell(const struct scorer *sc, const struct score *p, const struct table *t, double value,
        enum event_kind kind, struct event_queue *out);

#endif
