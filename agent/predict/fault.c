/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/fault.h"

#include <math.h>
#include <string.h>

#include "agent/base/text.h"

static const double half_life_s = 600;

/* Faults that are rather a warning, or worse than most; the risk of all others is 0.9. */
static const struct {
	const char *name;
	double weight;
} special[] = {
	{ "clock.jumps", 0.3 },
	{ "net.carrier_changes", 0.4 },
	{ "kernel.link_downs", 0.5 },
	{ "kernel.nmis", 0.5 },
	{ "disk.timeouts", 0.6 },
	{ "kernel.io_resets", 0.6 },
	{ "kernel.memory_errors", 0.6 },
	{ "kernel.alloc_failures", 0.7 },
	{ "process.watched.restarts", 0.7 },
	{ "fs.readonly", 0.97 },
	{ "kernel.oopses", 0.97 },
};

double fault_risk(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (strcmp(special[i].name, name) == 0)
			return special[i].weight;
	return 0.9;
}

double fault_decay(double risk, double dt_s)
{
	return !(risk > 0) || dt_s <= 0 ? risk : risk * exp2(-dt_s / half_life_s);
}

double fault_count(enum metric_kind kind, double before, double value)
{
	if (isnan(value))
		return 0;
	if (kind == METRIC_FAULT_FLAG || kind == METRIC_DRIVE)
		return value > 0 ? 1 : 0;
	if (kind == METRIC_LIVENESS)
		return value > 0 ? 0 : 1;
	/* Faults from before the start do not count; a counter that fell was reset. */
	return isnan(before) || value <= before ? 0 : value - before;
}
