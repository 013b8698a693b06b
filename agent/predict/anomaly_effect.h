/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly_effect.h - the effect of an anomaly on the risks: it raises them, and decays.
 *
 * An anomaly alone is not a failure. It multiplies the odds of existing risks by up to three. That
 * adds at most 0.27 to any risk, and at most ANOMALY_RISK_MAX to the machine's. It does not raise
 * the risk of its own group, which already contains that metric's behaviour.
 */
#ifndef AGENT_PREDICT_ANOMALY_EFFECT_H
#define AGENT_PREDICT_ANOMALY_EFFECT_H

#include "agent/anomaly/anomaly.h"
#include "agent/predict/risk_group.h"

struct anomaly_effect {
	double now;     /* anomaly score, 0 to 1 */
	uint64_t at_ms; /* table time of that */
	struct anomaly_reason why;
	char name[SERIES_NAME], instance[SERIES_INSTANCE]; /* of what shows it most */
};

/* Feeds this tick's values to the detector and stores the score. */
void anomaly_effect_update(struct anomaly_effect *o, struct anomaly *u, const struct table *t);

/* A risk of that cause, raised. */
double anomaly_effect_apply(
        const struct anomaly_effect *o, const struct risk_group *of, double risk);

/* Worth a word? */
bool anomaly_effect_is_active(const struct anomaly_effect *o);

/* In words: "disk.latency_ms[vda] leaves the range seen so far"; "" when it is not worth any. */
void anomaly_effect_describe(const struct anomaly_effect *o, char ret[static EVENT_ANOMALY_MAX]);

#endif
