/* SPDX-License-Identifier: Apache-2.0 */
/* score_conf.h - the settings of the scorer. */
#ifndef AGENT_PREDICT_SCORE_CONF_H
#define AGENT_PREDICT_SCORE_CONF_H

#include <stdbool.h>

struct score_conf {
	double raise;       /* risk at which predict.raised is sent */
	double clear;       /* risk below which it is cleared; less than raise */
	unsigned horizon_s; /* risk is that of failing within so many seconds */
	unsigned
	        warmup_s; /* a new series is only learnt for so long, or an eighth of the horizon */
	double false_alarms; /* in 30 days and for each resource, instead of raise; 0: raise holds */
	bool single_horizon; /* assess no horizon but horizon_s */
	bool unusual;        /* anomalies raise risks, if the caller runs anomaly_effect_update() */
};

/* The risk at which predict.raised is sent: `raise`, or what keeps false alarms that rare. */
double alarm_threshold(const struct score_conf *cf);

#endif
