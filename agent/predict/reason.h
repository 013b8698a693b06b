/* SPDX-License-Identifier: Apache-2.0 */
/* reason.h - a verdict in words: where it stands, where it heads, how long that takes. */
#ifndef AGENT_PREDICT_REASON_H
#define AGENT_PREDICT_REASON_H

#include <stddef.h>

#include "agent/predict/score.h"

enum { REASON_SPAN = 32 };

/* "45 s", "11 min", "3.2 h", "4 d" */
void reason_span(double s, char ret[static REASON_SPAN]);

/* ", rising 1.2 % a minute"; "" when it stands still or is not known. */
void reason_pace(double per_s, char *ret, size_t size);

#endif
