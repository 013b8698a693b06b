/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct metric metrics[] = {
	{ "mem.used_ratio",        "ratio", 1, false, "memory that is not available (MemAvailable), of MemTotal" },
	{ "swap.used_ratio",       "ratio", 1, true, "swap in use, of all swap; unknown without swap" },
	{ "fs.used_ratio",         "ratio", 1, false, "space in use, of what an unprivileged user may fill" },
	{ "fs.inodes.used_ratio",  "ratio", 1, false, "inodes in use, of all" },
	{ "psi.cpu.some",          "ratio", NAN, false, "share of the last 10 s in which a task waited for a CPU" },
	{ "psi.io.full",           "ratio", NAN, false, "share of the last 10 s in which all tasks waited for I/O" },
	{ "psi.memory.full",       "ratio", 0.8, false, "share of the last 10 s in which all tasks waited for memory" },
	{ "load.1m",               "1",     NAN, false, "load average over one minute" },
	{ "proc.count",            "1",     NAN, false, "processes" },
	{ "proc.threads",          "1",     NAN, false, "threads, the kernel's own included" },
	{ "proc.used_ratio",       "ratio", 1, false, "threads, of the lower of kernel.pid_max and kernel.threads-max" },
	{ "tick.missed",           "1",     NAN, false, "ticks lost since the last: how long the guest itself stood still" },
	{ NULL, NULL, 0, false, NULL },
};
/* clang-format on */

void table_tick(struct table *t, uint64_t now_ms)
{
	t->now_ms = now_ms;
}

/* What is known of a name, or can be told from it. */
static struct metric known(const char *name)
{
	static const char bounded[] = ".used_ratio";
	size_t n = strlen(name), m = sizeof(bounded) - 1;

	for (const struct metric *k = metrics; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return *k;
	return (struct metric){ .fails_at = n > m && strcmp(name + n - m, bounded) == 0 ? 1 : NAN };
}

/* As much of a name as a series keeps: the same cut for finding and for making. */
static void cut(char *ret, size_t size, const char *name)
{
	memset(ret, 0, size);
	(void)snprintf(ret, size, "%s", name);
}

struct series *table_series(struct table *t, const char *name, const char *instance)
{
	char n[SERIES_NAME], i[SERIES_INSTANCE];
	struct series *s, *slot = NULL;
	struct metric k;

	cut(n, sizeof(n), name);
	cut(i, sizeof(i), instance);
	for (s = t->series; s < t->series + t->count; s++) {
		if (s->born == 0)
			slot = slot ? slot : s;
		else if (strcmp(s->name, n) == 0 && strcmp(s->instance, i) == 0) {
			s->round = t->round;
			return s;
		}
	}
	if (!slot) {
		if (t->count == SERIES_MAX) {
			t->refused++;
			return NULL;
		}
		slot = &t->series[t->count++];
	}
	k = known(n);
	*slot = (struct series){ .value = NAN,
		.fails_at = k.fails_at,
		.soft = k.soft,
		.round = t->round,
		.born = ++t->births };
	memcpy(slot->name, n, sizeof(n));
	memcpy(slot->instance, i, sizeof(i));
	return slot;
}

void series_drop(struct series *s)
{
	*s = (struct series){ .value = NAN };
}

void table_round(struct table *t)
{
	t->round++;
}

void table_sweep(struct table *t)
{
	for (struct series *s = t->series; s < t->series + t->count; s++)
		if (s->born && s->round != t->round)
			series_drop(s);
}
