/* SPDX-License-Identifier: Apache-2.0 */
/*
 * configdrive.h - reads the config drive: a filesystem labelled config-2 with the data that Nova gives an instance.
 *
 * Finds it by udev's link for the label, else by the superblocks of small disks.  Mounts it read-only unless it is
 * already mounted.  Below a sysroot the folder /config-drive replaces it.
 */
#ifndef HEAT_INSTANCE_CONFIGDRIVE_H
#define HEAT_INSTANCE_CONFIGDRIVE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct configdrive {
	char dir[PATH_MAX]; /* the mount point; an absolute path outside the sysroot */
	bool mounted;       /* by configdrive_open(), and to be unmounted */
};

/* Returns 0, -ENOENT if there is no drive, or the -errno of the mount. */
int configdrive_open(struct configdrive *ret);

/* Reads a file of at most `max` bytes and adds a NUL.  Returns 0 or -errno.  The caller frees *ret. */
int configdrive_read(
        const struct configdrive *d, const char *name, size_t max, char **ret, size_t *ret_len);

void configdrive_close(struct configdrive *d);

#endif
