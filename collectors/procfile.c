/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/procfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/path.h"

int procfile_open(const char *path, int flags)
{
	char full[PATH_MAX];
	int fd;

	if (snprintf(full, sizeof(full), "%s%s", path_kernel_root(), path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int procfile_read(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size, 0);

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -EFBIG;
	buf[n] = '\0';
	return (int)n;
}

double procfile_digits(const char *s, const char **ret_end)
{
	const char *from;
	double v = 0, unit = 1;

	while (*s == ' ' || *s == '\t')
		s++;
	from = s;
	for (; *s >= '0' && *s <= '9'; s++)
		v = v * 10 + (*s - '0');
	if (*s == '.' && s != from)
		for (s++; *s >= '0' && *s <= '9'; s++)
			v += (*s - '0') * (unit /= 10);
	if (ret_end)
		*ret_end = s;
	return s == from ? NAN : v;
}

double procfile_number(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *s = text; (s = strstr(s, key)) != NULL; s += n)
		if (s == text || s[-1] == ' ' || s[-1] == '\n') /* "Cached:" is not "SwapCached:" */
			return procfile_digits(s + n, NULL);
	return NAN;
}
