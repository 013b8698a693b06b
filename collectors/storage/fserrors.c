/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/storage/fserrors.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/procfile.h"

/* Finds the kernel's name of a block device: "vda1", "dm-0". */
static bool device_name(unsigned major, unsigned minor, char *ret, size_t size)
{
	char link[PATH_MAX], to[PATH_MAX];
	const char *base;
	ssize_t n;

	(void)snprintf(
	        link, sizeof(link), "%s/sys/dev/block/%u:%u", path_kernel_root(), major, minor);
	n = readlink(link, to, sizeof(to) - 1);
	if (n <= 0)
		return false;
	to[n] = '\0';
	base = strrchr(to, '/');
	base = base ? base + 1 : to;
	return (size_t)snprintf(ret, size, "%s", base) < size;
}

struct btrfs {
	char device[64];
	char file[256]; /* "" = not found */
};

/*
 * Called for each btrfs filesystem (a directory named by UUID); stops at the one that contains the
 * device.
 */
static bool has_device(const char *uuid, void *arg)
{
	struct btrfs *b = arg;
	char path[256];

	(void)snprintf(path, sizeof(path), "/sys/fs/btrfs/%.40s/devices/%s", uuid, b->device);
	if (!procfile_exists(path))
		return true;
	(void)snprintf(b->file, sizeof(b->file), "/sys/fs/btrfs/%.40s/devinfo/1/error_stats", uuid);
	return false;
}

bool fserrors_open(struct fserrors *e, const struct mount *m)
{
	struct btrfs b = { .file = "" };

	*e = (struct fserrors){ .fd = 0 };
	if (!m)
		return false;
	if (strncmp(m->kind, "ext", 3) == 0) {
		if (device_name(m->major, m->minor, b.device, sizeof(b.device))) {
			(void)snprintf(
			        b.file, sizeof(b.file), "/sys/fs/ext4/%s/errors_count", b.device);
			(void)snprintf(e->options, sizeof(e->options), "/proc/fs/ext4/%s/options",
			        b.device);
		}
	} else if (strcmp(m->kind, "btrfs") == 0 && strncmp(m->source, "/dev/", 5) == 0) {
		(void)snprintf(b.device, sizeof(b.device), "%.60s", m->source + 5);
		(void)procfile_list("/sys/fs/btrfs", has_device, &b);
	}
	e->fd = *b.file ? procfile_open(b.file, O_RDONLY) : -1;
	if (e->fd < 0)
		e->fd = 0;
	return e->fd > 0;
}

/* Returns the sum of all counters. ext4: "3"; btrfs: "write_errs 0\nread_errs 0\n...". */
double fserrors_read(const struct fserrors *e)
{
	char text[256];
	double sum = 0;

	if (procfile_read(e->fd, text, sizeof(text)) <= 0)
		return NAN;
	if (*text >= '0' && *text <= '9')
		return procfile_digits(text, NULL);
	for (const char *s = text; s && *s; s = strchr(s, '\n')) {
		double v;

		s += *s == '\n';
		s += strcspn(s, " \n");
		v = procfile_digits(s, NULL);
		sum += isnan(v) ? 0 : v;
	}
	return sum;
}

/* The file has one option a line, including defaults: "rw\nbsddf\n...errors=remount-ro\n...". */
bool fserrors_stops(const struct fserrors *e)
{
	char text[2048] = "";
	int fd = *e->options ? procfile_open(e->options, O_RDONLY) : -1;

	if (fd < 0)
		return false;
	if (procfile_read(fd, text, sizeof(text)) < 0)
		text[0] = '\0';
	close(fd);
	return strstr(text, "\nerrors=remount-ro\n");
}

void fserrors_close(struct fserrors *e)
{
	if (e->fd > 0)
		close(e->fd);
	e->fd = 0;
}
