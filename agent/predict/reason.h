/* SPDX-License-Identifier: Apache-2.0 */
/* reason.h - describes a verdict: the level, its slope, the time left. */
#ifndef AGENT_PREDICT_REASON_H
#define AGENT_PREDICT_REASON_H

#include <stddef.h>

#include "agent/predict/score.h"

enum { REASON_SPAN = 32 };

/* Writes a time: "45 s", "11 min", "3.2 h", "4 d". */
void reason_span(double s, char ret[static REASON_SPAN]);

/* Writes a slope: ", rising 1.2 % a minute"; "" when it is flat or unknown. */
void reason_pace(double per_s, char *ret, size_t size);

#endif
