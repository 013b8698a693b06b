/* SPDX-License-Identifier: Apache-2.0 */
/* calibrate.h - from what the trees say to a probability that means what it says. */
#ifndef AGENT_CALIBRATE_H
#define AGENT_CALIBRATE_H

#include <stdbool.h>

#include "agent/trend.h"

/* A line so fast and straight that it is believed whatever the trees say. */
bool beyond_doubt(const float features[static TREND_FEATURES]);

/* How often it came so: `said` is the probability by the trees' log odds, smoothed as in exhaust.c. */
double calibrate(double said);

#endif
