/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly_effect.h - the effect of an anomaly on the risks: it raises them, and decays.
 *
 * An anomaly alone is not a failure. It multiplies the odds of existing risks by up to three, which
 * adds at most 0.27 to any risk; see risk_group.h for the groups that it raises.
 */
#ifndef AGENT_PREDICT_ANOMALY_EFFECT_H
#define AGENT_PREDICT_ANOMALY_EFFECT_H

#include "agent/anomaly/anomaly.h"
#include "agent/data/event.h"

struct anomaly_effect {
	double now;     /* anomaly score, 0 to 1 */
	uint64_t at_ms; /* table time of the last update */
	struct anomaly_reason why;
	char name[SERIES_NAME], instance[SERIES_INSTANCE]; /* series with the largest share */
};

/* Feeds this tick's values to the detector and stores the score. */
void anomaly_effect_update(struct anomaly_effect *o, struct anomaly *u, const struct table *t);

/* Returns the factor of the odds, 1 (no effect) to 3. */
double anomaly_effect_odds(const struct anomaly_effect *o);

bool anomaly_effect_is_active(const struct anomaly_effect *o);

/* Describes it: "disk.latency_ms[vda] leaves the range seen so far"; "" when it is not active. */
void anomaly_effect_describe(const struct anomaly_effect *o, char ret[static EVENT_ANOMALY_MAX]);

#endif
