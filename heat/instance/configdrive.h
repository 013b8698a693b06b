/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configdrive.h - the disk by which Nova hands an instance its data: a filesystem labelled config-2.
 *
 * Found by its label: udev's link, else by the superblocks of small disks.  Mounted read-only where it is
 * not mounted already.  Below a sysroot the folder /config-drive stands for it.
 */
#ifndef HEAT_INSTANCE_CONFIGDRIVE_H
#define HEAT_INSTANCE_CONFIGDRIVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct configdrive {
	char dir[PATH_MAX]; /* where it is mounted, as the kernel sees it */
	bool mounted;       /* by us */
};

/* 0, -ENOENT: there is none, or -errno of the mount. */
int configdrive_open(struct configdrive *ret);

/* A file of it, at most `max` bytes, NUL behind it; the caller's to free. */
int configdrive_read(
        const struct configdrive *d, const char *name, size_t max, char **ret, size_t *ret_len);

void configdrive_close(struct configdrive *d);

#endif
