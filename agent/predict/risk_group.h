/* SPDX-License-Identifier: Apache-2.0 */
/*
 * risk_group.h - groups of series with a common cause of failure: memory, swap and the pressure on both,
 * space and inodes of one filesystem, the counters of one disk.
 *
 * The risk of a group is the highest of its series. Groups fail independently, so the machine's risk is
 * 1 - the product of (1 - risk). A local group is left out: the limit of a cgroup is met by what runs in
 * it, and peers and local users fill the tables of connections, files and sockets by right. An anomaly multiplies the odds of all groups but its own, which already
 * contains that metric's behaviour.
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
	double risk;      /* NAN: unknown */
	double base_risk; /* risk without the effect of an anomaly */
	bool is_local;    /* not part of the machine's risk */
	int worst;        /* index of the series with the highest risk; -1: none */
};

struct risk_groups {
	double risk;      /* of the machine; NAN: unknown */
	double base_risk; /* risk without the effect of an anomaly */
	double odds; /* factor of an anomaly on the odds of other groups than its own; 1: none */
	uint16_t anomalous; /* place of the anomaly's group, from 1; 0: none */
	uint16_t count;
	struct risk_group group[RISK_GROUPS_MAX];
};

/* Adds a series to its group and returns the group's place, from 1; 0: no room. */
uint16_t risk_group_join(struct risk_groups *c, const char *name, const char *instance);
void risk_group_leave(struct risk_groups *c, uint16_t place);

/*
 * Starts an update. An anomaly of that series multiplies the odds of other groups by `odds`. Report
 * each series before risk_groups_end(), which computes the machine's risk.
 */
void risk_groups_begin(struct risk_groups *c, const char *name, const char *instance, double odds);

/* Returns a risk of a series in that group with the anomaly's factor applied. */
double risk_group_raise(const struct risk_groups *c, uint16_t place, double risk);
void risk_group_report(
        struct risk_groups *c, uint16_t place, double risk, double base_risk, int series);
void risk_groups_end(struct risk_groups *c);

#endif
