/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/exposition_internal.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

/* Prometheus uses base units only, with the unit as suffix of the name. */
static const struct {
	const char *unit, *ours, *suffix;
	double factor;
} units[] = {
	{ "ratio", "_ratio", "_ratio", 1 },
	{ "KiB", "_kib", "_bytes", 1024 },
	{ "s", "_s", "_seconds", 1 },
	{ "ms", "_ms", "_seconds", 0.001 },
	{ "1/s", "", "_per_second", 1 },
	{ "KiB/s", "_kib", "_bytes_per_second", 1024 },
};

static size_t strip_unit_suffix(const char *name, size_t n, const char *suffix)
{
	size_t m = strlen(suffix);

	return n > m && strncmp(name + n - m, suffix, m) == 0 ? n - m : n;
}

double exposition_name(const char *name, const char *unit, char ret[static EXPOSITION_NAME])
{
	size_t n = strlen(name);
	const char *suffix = "";
	double factor = 1;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].unit) != 0)
			continue;
		suffix = units[i].suffix;
		factor = units[i].factor;
		n = strip_unit_suffix(name, n, units[i].ours);
		n = strip_unit_suffix(name, n, suffix);
	}
	(void)snprintf(ret, EXPOSITION_NAME, "prehup_%.*s%s", (int)n, name, suffix);
	for (char *s = ret; *s; s++)
		if (!isalnum((unsigned char)*s))
			*s = '_';
	return factor;
}
