/* SPDX-License-Identifier: Apache-2.0 */
/* calibration.h - from what the trees say to a probability that means what it says. */
#ifndef AGENT_PREDICT_CALIBRATION_H
#define AGENT_PREDICT_CALIBRATION_H

#include <stdbool.h>

#include "agent/predict/trend.h"

/* A line so fast and straight that it is believed whatever the trees say. */
bool is_certain_ramp(const float features[static TREND_FEATURES]);

/* How often it came so: `said` is the probability by the trees' log odds, smoothed as in exhaustion.c. */
double calibrate(double said);

#endif
