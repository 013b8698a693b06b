/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - faults, which need no trend: a part has already failed. A process was killed by the OOM
 * killer, a disk returned an error, a filesystem went read-only, a watched service is missing.
 */
#ifndef AGENT_PREDICT_FAULT_H
#define AGENT_PREDICT_FAULT_H

#include "agent/data/table.h"

/* Returns the risk of a metric after `faults` faults, counted since its risk was last below [predict] clear. */
double fault_risk(const char *name, double faults);

/* Returns the risk that is left of a fault after `dt_s` without another: half of it after ten minutes. */
double fault_decay(double risk, double dt_s);

/* Returns the number of faults that a value adds to the one before (NAN: none yet). */
double fault_count(enum metric_kind kind, double before, double value);

#endif
