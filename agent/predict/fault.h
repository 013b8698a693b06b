/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - signs that need no trend: something fails already.  A process was killed for want of memory,
 * a disk returned an error, a filesystem went read-only, a watched service is gone.
 */
#ifndef AGENT_PREDICT_FAULT_H
#define AGENT_PREDICT_FAULT_H

#include "agent/data/table.h"

/* What one sign of this metric is worth: the risk when it is seen. */
double fault_risk(const char *name);

/* What is left of that after so long without another: half of it in ten minutes. */
double fault_decay(double risk, double dt_s);

/* How many signs a value is, after the one before (NAN: none yet). */
double fault_count(enum metric_kind kind, double before, double value);

#endif
