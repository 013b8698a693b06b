/* SPDX-License-Identifier: Apache-2.0 */
/* score_conf.h - the settings of the scorer. */
#ifndef AGENT_PREDICT_SCORE_CONF_H
#define AGENT_PREDICT_SCORE_CONF_H

#include <stdbool.h>

struct score_conf {
	double raise;       /* risk at which predict.raised is sent */
	double clear;       /* risk below which it is cleared; less than raise */
	unsigned horizon_s; /* seconds within which the risk is that of failing */
	unsigned
	        warmup_s; /* time before a new series is scored, at most an eighth of the horizon */
	double false_alarms; /* accepted in 30 days by each resource; 0: `raise` holds instead */
	bool single_horizon; /* no horizon but horizon_s */
	bool unusual;        /* anomalies raise risks, if the caller runs anomaly_effect_update() */
};

/* Returns the risk at which an alarm is raised: `raise`, or one that keeps false alarms that rare. */
double alarm_threshold(const struct score_conf *cf);

#endif
