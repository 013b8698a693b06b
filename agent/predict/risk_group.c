/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/risk_group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

/* Group by name prefix, the longest first; other names form a group by their first word. */
static const struct {
	const char *begins, *cause;
	bool each; /* instance by instance */
} known[] = {
	{ "psi.memory", "memory", false },
	{ "psi.cpu", "cpu", false },
	{ "psi.io", "io", false },
	{ "kernel.oom", "memory", false },
	{ "kernel.alloc", "memory", false },
	{ "kernel.io", "io", false },
	{ "kernel.fs", "filesystem", false },
	{ "kernel.link", "network", false },
	{ "kernel.tables", "network", false },
	{ "mem.", "memory", false },
	{ "swap.", "memory", false },
	{ "load.", "cpu", false },
	{ "cpu.", "cpu", false },
	{ "fs.", "filesystem", true },
	{ "disk.", "disk", true },
	{ "drive.", "disk", true },
	{ "net.", "network", false },
	{ "tcp.", "network", false },
	{ "proc.", "processes", false },
	{ "process.watched.", "watched", true },
	{ "cgroup.", "cgroup", true },
};

static void find_group_name(const char *name, const char *instance, struct risk_group *ret)
{
	*ret = (struct risk_group){ .risk = NAN, .worst = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strncmp(name, known[i].begins, strlen(known[i].begins)) != 0)
			continue;
		STR_COPY(ret->name, known[i].cause);
		if (known[i].each)
			STR_COPY(ret->instance, instance);
		return;
	}
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)strcspn(name, "."), name);
	STR_COPY(ret->instance, instance);
}

uint16_t risk_group_join(struct risk_groups *c, const char *name, const char *instance)
{
	struct risk_group wanted;
	unsigned place = c->count;

	find_group_name(name, instance, &wanted);
	for (unsigned i = 0; i < c->count; i++) {
		struct risk_group *k = &c->group[i];

		if (k->members == 0)
			place = place < c->count ? place : i;
		else if (strcmp(k->name, wanted.name) == 0 &&
		         strcmp(k->instance, wanted.instance) == 0) {
			k->members++;
			return (uint16_t)(i + 1);
		}
	}
	if (place == RISK_GROUPS_MAX)
		return 0;
	c->count += place == c->count;
	c->group[place] = wanted;
	c->group[place].members = 1;
	return (uint16_t)(place + 1);
}

bool risk_group_matches(const struct risk_group *c, const char *name, const char *instance)
{
	struct risk_group of;

	find_group_name(name, instance, &of);
	return strcmp(c->name, of.name) == 0 && strcmp(c->instance, of.instance) == 0;
}

void risk_group_leave(struct risk_groups *c, uint16_t place)
{
	if (place)
		c->group[place - 1].members--;
}

void risk_groups_begin(struct risk_groups *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		c->group[i].risk = c->group[i].base_risk = NAN;
		c->group[i].worst = -1;
	}
}

void risk_group_report(struct risk_groups *c, uint16_t place, double risk, double alone, int series)
{
	struct risk_group *k = &c->group[place ? place - 1 : 0];

	if (place == 0 || isnan(risk) || risk <= k->risk) /* never so while k->risk is NAN */
		return;
	k->risk = risk;
	k->base_risk = alone;
	k->worst = series;
}

void risk_groups_end(struct risk_groups *c)
{
	double well = 1, well_alone = 1;
	bool known_any = false;

	for (unsigned i = 0; i < c->count; i++) {
		if (isnan(c->group[i].risk))
			continue;
		well *= 1 - c->group[i].risk;
		well_alone *= 1 - c->group[i].base_risk;
		known_any = true;
	}
	c->base_risk = known_any ? 1 - well_alone : NAN;
	c->risk = known_any ? fmin(1 - well, c->base_risk + ANOMALY_RISK_MAX) : NAN;
}
