/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.h - the mounts that can fill up. */
#ifndef COLLECTORS_STORAGE_MOUNTS_H
#define COLLECTORS_STORAGE_MOUNTS_H

#include <stdbool.h>

enum {
	MOUNTS_MAX = 16, /* watched at a time; later ones are left out */
	MOUNT_PATH = 256,
};

struct mount {
	char path[MOUNT_PATH]; /* below the sysroot, unescaped */
	char kind[16], source[64];
	unsigned major, minor;
	bool readonly; /* the mount or the filesystem */
	bool network;  /* its server (remote, or a local program) may not answer */
};

/*
 * Read mountinfo from its beginning, each device once, below the sysroot, without accessing the
 * filesystems. Return the number of mounts, or -errno.
 */
int mounts_read(int fd, struct mount ret[static MOUNTS_MAX]);          /* local, writable */
int mounts_read_readonly(int fd, struct mount ret[static MOUNTS_MAX]); /* local, read-only */
int mounts_read_network(
        int fd, struct mount ret[static MOUNTS_MAX]); /* network and user-space mounts */

/* Parses one line of mountinfo; true and *ret if it is worth watching: local and writable. */
bool mount_parse(const char *line, struct mount *ret);

#endif
