/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.h - which mounts hold something that can fill up. */
#ifndef COLLECTORS_STORAGE_MOUNTS_H
#define COLLECTORS_STORAGE_MOUNTS_H

#include <stdbool.h>

enum {
	MOUNTS_MAX = 16, /* watched at a time; beyond it the later ones are left out */
	MOUNT_PATH = 256,
};

struct mount {
	char path[MOUNT_PATH]; /* below the sysroot, unescaped */
	char kind[16], source[64];
	unsigned major, minor;
	bool readonly; /* the mount or the filesystem */
	bool network;  /* its server, another machine's or a program, may not answer */
};

/*
 * Reads mountinfo from its beginning, each device once, below the sysroot.  Their number, or -errno.
 * Never touches the filesystems themselves.
 */
int mounts_read(int fd, struct mount ret[static MOUNTS_MAX]);          /* local, writable */
int mounts_read_readonly(int fd, struct mount ret[static MOUNTS_MAX]); /* local, read-only */
int mounts_read_network(
        int fd, struct mount ret[static MOUNTS_MAX]); /* of network and user space */

/* One line of mountinfo: true and *ret when it is worth watching: local and writable. */
bool mount_parse(const char *line, struct mount *ret);

#endif
