/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/fault.h"

#include <math.h>
#include <string.h>

#include "agent/base/text.h"

static const double half_life_s = 600;

/* Raises no alarm, and is above [predict] clear, so that further faults are counted. */
static const double few_faults_risk = 0.5;

/* Faults that are rather a warning, or worse than most; the risk of all others is 0.9. */
/* clang-format off */
static const struct {
	const char *name;
	double risk;
	double faults; /* fewer of them have few_faults_risk */
} special[] = {
	{ "clock.jumps", 0.3, 0 },
	{ "net.carrier_changes", 0.4, 0 },
	{ "kernel.link_downs", 0.5, 0 },
	{ "kernel.nmis", 0.5, 0 },
	{ "disk.timeouts", 0.6, 0 },
	{ "kernel.io_resets", 0.6, 0 },
	{ "kernel.memory_errors", 0.6, 0 },
	{ "kernel.alloc_failures", 0.7, 0 },
	{ "process.watched.restarts", 0.7, 0 },
	{ "fs.readonly", 0.97, 0 },
	{ "kernel.oopses", 0.97, 0 },
	{ "kernel.tables_full", 0.9, 3 }, /* a peer or a local user may cause some */
};
/* clang-format on */

double fault_risk(const char *name, double faults)
{
	for (size_t i = 0; i < ARRAY_SIZE(special); i++)
		if (strcmp(special[i].name, name) == 0)
			return faults < special[i].faults ? few_faults_risk : special[i].risk;
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
