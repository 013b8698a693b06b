/* SPDX-License-Identifier: Apache-2.0 */
/*
 * risk_group.h - series that tell of the same trouble are one cause: memory, swap and the pressure on both,
 * space and inodes of one filesystem, the counters of one disk.
 *
 * Inside a cause the worst counts; causes fail independently of each other, so that the machine's risk
 * is 1 - the product of all that do not.
 */
#ifndef AGENT_PREDICT_RISK_GROUP_H
#define AGENT_PREDICT_RISK_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/data/event.h"
#include "agent/data/table.h"

enum { RISK_GROUPS_MAX = 64 };

/* Limit of an anomaly's effect on the machine's risk, for any number of groups. */
#define ANOMALY_RISK_MAX 0.3

struct risk_group {
	char name[EVENT_CAUSE]; /* "memory", "filesystem" */
	char instance[SERIES_INSTANCE];
	unsigned members; /* series; 0: free */
	double risk;      /* NAN: not known of any */
	double base_risk; /* risk without the effect of an anomaly */
	int worst;        /* index of the series that makes it; -1: none */
};

struct risk_groups {
	double risk;      /* of the machine; NAN while nothing is known */
	double base_risk; /* risk without the effect of an anomaly */
	unsigned count;
	struct risk_group group[RISK_GROUPS_MAX];
};

/* The place, from 1, of the cause that a series belongs to; 0: no room. */
uint16_t risk_group_join(struct risk_groups *c, const char *name, const char *instance);
void risk_group_leave(struct risk_groups *c, uint16_t place);

/* Does a series belong there? */
bool risk_group_matches(const struct risk_group *c, const char *name, const char *instance);

/* Per update: call begin, report each series, then call end, which computes the machine's risk. */
void risk_groups_begin(struct risk_groups *c);
void risk_group_report(
        struct risk_groups *c, uint16_t place, double risk, double alone, int series);
void risk_groups_end(struct risk_groups *c);

#endif
