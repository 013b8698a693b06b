/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/lib/procfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/path.h"

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

/*
 * The kernel returns whole lines, up to a page at a time: less than half a page means the end of
 * the file, which saves a last read().
 */
char *procfile_scratch(int fd)
{
	static char text[256 * 1024]; /* static: untouched pages use no memory */
	size_t have = 0;
	ssize_t n;

	do {
		n = pread(fd, text + have, sizeof(text) - have, (off_t)have);
		if (n < 0)
			return NULL;
		have += (size_t)n;
		if (have == sizeof(text)) {
			errno = EFBIG;
			return NULL;
		}
	} while (n >= 2048);
	text[have] = '\0';
	return text;
}

void procfile_word(const char *path, char *ret, size_t size)
{
	int fd = procfile_open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : pread(fd, ret, size - 1, 0);

	if (fd >= 0)
		close(fd);
	ret[n < 0 ? 0 : n] = '\0';
	n = (ssize_t)strcspn(ret, "\n");
	while (n > 0 && (ret[n - 1] == ' ' || ret[n - 1] == '\t'))
		n--;
	ret[n] = '\0';
}

bool procfile_exists(const char *path)
{
	char full[PATH_MAX];

	return snprintf(full, sizeof(full), "%s%s", path_kernel_root(), path) < (int)sizeof(full) &&
	       access(full, F_OK) == 0;
}

/* The kernel's struct linux_dirent64; C libraries declare getdents64() differently. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

int procfile_list(const char *path, bool (*each)(const char *name, void *arg), void *arg)
{
	_Alignas(struct entry) char buf[8192];
	int fd = procfile_open(path, O_RDONLY | O_DIRECTORY);
	bool more = true;
	long n = 0;

	if (fd < 0)
		return fd;
	while (more && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; more && at < n;) {
			const struct entry *e = (const struct entry *)(const void *)(buf + at);

			more = e->name[0] == '.' || each(e->name, arg);
			at += e->len;
		}
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

double procfile_value(const char *path)
{
	char text[64];

	procfile_word(path, text, sizeof(text));
	return procfile_digits(text, NULL);
}

/*
 * Accumulates an integer: multiplying a double for each digit would take half the time of a tick.
 */
double procfile_digits(const char *s, const char **ret_end)
{
	const char *from;
	double v, unit = 1;
	uint64_t n = 0;

	while (*s == ' ' || *s == '\t')
		s++;
	from = s;
	for (; *s >= '0' && *s <= '9' && n < UINT64_MAX / 10 - 1; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	v = (double)n;
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
		/* "Cached:" must not match in "SwapCached:" */
		if (s == text || s[-1] == ' ' || s[-1] == '\n')
			return procfile_digits(s + n, NULL);
	return NAN;
}

void procfile_numbers(int fd, double ret[static 3])
{
	char text[128] = "";
	const char *s = text;

	if (fd < 0 || procfile_read(fd, text, sizeof(text)) < 0)
		text[0] = '\0';
	for (int i = 0; i < 3; i++)
		ret[i] = procfile_digits(s, &s);
}
