/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/csv.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/base/text.h"

static char *trim_csv_cell(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

int csv_split(char *line, char **cell, int max)
{
	int n = 0;

	for (char *s = line; s && n < max; n++) {
		char *end;

		s += strspn(s, " \t");
		if (*s == '"') {
			end = strchr(++s, '"');
			if (!end)
				return -EINVAL;
			*end++ = '\0';
			cell[n] = s;
			s = strchr(end, ',');
			s = s ? s + 1 : NULL;
			continue;
		}
		end = strchr(s, ',');
		if (end)
			*end = '\0';
		cell[n] = trim_csv_cell(s);
		s = end ? end + 1 : NULL;
	}
	return n;
}

/*
 * Parses the usual form of recorded samples: up to 15 digits with an optional point. Dividing such
 * an integer by a power of ten is correctly rounded, and ten times as fast as strtod().
 */
static bool parse_short_number(const char *s, double *ret)
{
	static const double tens[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15 };
	const bool minus = *s == '-';
	unsigned digits = 0, after = 0;
	bool point = false;
	uint64_t n = 0;

	for (s += minus; *s; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || ++digits > 15)
			return false;
		n = n * 10 + (uint64_t)(*s - '0');
		after += point;
	}
	if (digits == 0)
		return false;
	*ret = (double)n / tens[after];
	if (minus)
		*ret = -*ret;
	return true;
}

int csv_number(const char *s, double *ret)
{
	static const char *const none[] = { "", "nan", "null", "na", "none" };
	char *end;

	if (parse_short_number(s, ret))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		if (strcasecmp(s, none[i]) == 0) {
			*ret = NAN;
			return 0;
		}
	}
	*ret = strtod(s, &end);
	return end == s || *end || !isfinite(*ret) ? -EINVAL : 0;
}

int csv_time(const char *s, double *ret)
{
	struct tm tm = { 0 };
	char *end;
	time_t t;

	if (parse_short_number(s, ret))
		return fabs(*ret) < 1e13 ? 0 : -EINVAL;
	*ret = strtod(s, &end);
	if (end != s && !*end)
		return isfinite(*ret) && fabs(*ret) < 1e13 ? 0 : -EINVAL;
	end = strptime(s, "%Y-%m-%d", &tm);
	if (!end || (*end != ' ' && *end != 'T'))
		return -EINVAL;
	end = strptime(end + 1, "%H:%M", &tm);
	if (end && *end == ':')
		end = strptime(end, ":%S", &tm);
	if (!end)
		return -EINVAL;
	t = timegm(&tm);
	*ret = (double)t;
	if (*end == '.') {
		char *from = end;
		double part = strtod(from, &end);

		if (end == from)
			return -EINVAL;
		*ret += part;
	}
	if (strcmp(end, "Z") == 0 || strcmp(end, "+00:00") == 0)
		end = strchr(end, '\0');
	return *end ? -EINVAL : 0;
}
