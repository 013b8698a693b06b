/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly_effect.h - what is unusual, as it counts: it makes causes likelier, and is forgotten in a while.
 *
 * Unusual alone is not failure: of what is likely anyway it makes the odds up to three times as high.  That
 * adds at most 0.27 to any risk, and to the machine's no more than ANOMALY_RISK_MAX.  It does not speak for its own
 * cause: what memory does is in memory's risk already.
 */
#ifndef AGENT_PREDICT_ANOMALY_EFFECT_H
#define AGENT_PREDICT_ANOMALY_EFFECT_H

#include "agent/anomaly/anomaly.h"
#include "agent/predict/risk_group.h"

struct anomaly_effect {
	double now;     /* 0: as ever, to 1 */
	uint64_t at_ms; /* table time of that */
	struct anomaly_reason why;
	char name[SERIES_NAME], instance[SERIES_INSTANCE]; /* of what shows it most */
};

/* Has `u` take in this tick, and hears how unusual it was. */
void anomaly_effect_update(struct anomaly_effect *o, struct anomaly *u, const struct table *t);

/* A risk of that cause, raised. */
double anomaly_effect_apply(
        const struct anomaly_effect *o, const struct risk_group *of, double risk);

/* Worth a word? */
bool anomaly_effect_is_active(const struct anomaly_effect *o);

/* In words: "disk.latency_ms[vda] leaves the range seen so far"; "" when it is not worth any. */
void anomaly_effect_describe(const struct anomaly_effect *o, char ret[static EVENT_ANOMALY_MAX]);

#endif
