/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - faults, which need no trend: a part has already failed. A process was killed by the OOM
 * killer, a disk returned an error, a filesystem went read-only, a watched service is missing.
 */
#ifndef AGENT_PREDICT_FAULT_H
#define AGENT_PREDICT_FAULT_H

#include "agent/data/table.h"

/* What one sign of this metric is worth: the risk when it is seen. */
double fault_risk(const char *name);

/*
 * Returns the rest of a fault's weight after that time without another: half of it after ten
 * minutes.
 */
double fault_decay(double risk, double dt_s);

/* How many signs a value is, after the one before (NAN: none yet). */
double fault_count(enum metric_kind kind, double before, double value);

#endif
