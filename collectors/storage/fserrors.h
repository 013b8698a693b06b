/* SPDX-License-Identifier: Apache-2.0 */
/* fserrors.h - the number of errors that ext4 or btrfs found in a filesystem, from sysfs. */
#ifndef COLLECTORS_STORAGE_FSERRORS_H
#define COLLECTORS_STORAGE_FSERRORS_H

#include <stdbool.h>

#include "collectors/storage/mounts.h"

struct fserrors {
	int fd;           /* 0: none */
	char options[96]; /* file with the mount options; "": none */
};

/* False: the filesystem has no counter (XFS reports only in the kernel log), or `m` is NULL. */
bool fserrors_open(struct fserrors *e, const struct mount *m);
double fserrors_read(const struct fserrors *e); /* since the filesystem was created; NAN: unknown */
bool fserrors_stops(const struct fserrors *e);  /* true: it stops writing after an error */
void fserrors_close(struct fserrors *e);

#endif
