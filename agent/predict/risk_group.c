/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/risk_group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

/* Group by name prefix, the longest first; other names form a group by their first word. */
static const struct {
	const char *begins, *cause;
	bool each;     /* instance by instance */
	bool is_local; /* not part of the machine's risk */
} known[] = {
	{ "psi.memory", "memory", false, false },
	{ "psi.cpu", "cpu", false, false },
	{ "psi.io", "io", false, false },
	{ "kernel.oom", "memory", false, false },
	{ "kernel.alloc", "memory", false, false },
	{ "kernel.io", "io", false, false },
	{ "kernel.fs", "filesystem", false, false },
	{ "kernel.link", "network", false, false },
	{ "kernel.tables", "tables", false, true },
	{ "mem.", "memory", false, false },
	{ "swap.", "memory", false, false },
	{ "load.", "cpu", false, false },
	{ "cpu.", "cpu", false, false },
	{ "fs.", "filesystem", true, false },
	{ "disk.", "disk", true, false },
	{ "drive.", "disk", true, false },
	{ "net.", "network", false, false },
	{ "tcp.", "network", false, false },
	{ "proc.", "processes", false, false },
	{ "process.watched.", "watched", true, false },
	{ "cgroup.", "cgroup", true, true },
};

static void find_group_name(const char *name, const char *instance, struct risk_group *ret)
{
	*ret = (struct risk_group){ .risk = NAN, .worst = -1 };
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strncmp(name, known[i].begins, strlen(known[i].begins)) != 0)
			continue;
		STR_COPY(ret->name, known[i].cause);
		ret->is_local = known[i].is_local;
		if (known[i].each)
			STR_COPY(ret->instance, instance);
		return;
	}
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)strcspn(name, "."), name);
	STR_COPY(ret->instance, instance);
}

static bool is_same_group(const struct risk_group *a, const struct risk_group *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->instance, b->instance) == 0;
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
		else if (is_same_group(k, &wanted)) {
			k->members++;
			return (uint16_t)(i + 1);
		}
	}
	if (place == RISK_GROUPS_MAX)
		return 0;
	if (place == c->count)
		c->count++;
	c->group[place] = wanted;
	c->group[place].members = 1;
	return (uint16_t)(place + 1);
}

void risk_group_leave(struct risk_groups *c, uint16_t place)
{
	if (place)
		c->group[place - 1].members--;
}

void risk_groups_begin(struct risk_groups *c, const char *name, const char *instance, double odds)
{
	struct risk_group own = { .name = "" };

	if (odds > 1)
		find_group_name(name, instance, &own);
	c->odds = odds;
	c->anomalous = 0;
	for (uint16_t i = 0; i < c->count; i++) {
		struct risk_group *k = &c->group[i];

		k->risk = k->base_risk = NAN;
		k->worst = -1;
		if (k->members && is_same_group(k, &own))
			c->anomalous = (uint16_t)(i + 1);
	}
}

double risk_group_raise(const struct risk_groups *c, uint16_t place, double risk)
{
	const double odds = place && place != c->anomalous ? c->odds : 1;

	return risk * odds / (1 + risk * (odds - 1));
}

void risk_group_report(
        struct risk_groups *c, uint16_t place, double risk, double base_risk, int series)
{
	struct risk_group *k = &c->group[place ? place - 1 : 0];

	if (place == 0 || isnan(risk) || risk <= k->risk) /* false while k->risk is NAN */
		return;
	k->risk = risk;
	k->base_risk = base_risk;
	k->worst = series;
}

void risk_groups_end(struct risk_groups *c)
{
	double survival = 1, base_survival = 1;
	bool is_known = false;

	for (const struct risk_group *k = c->group; k < c->group + c->count; k++) {
		if (isnan(k->risk) || k->is_local)
			continue;
		survival *= 1 - k->risk;
		base_survival *= 1 - k->base_risk;
		is_known = true;
	}
	c->base_risk = is_known ? 1 - base_survival : NAN;
	c->risk = is_known ? fmin(1 - survival, c->base_risk + ANOMALY_RISK_MAX) : NAN;
}
