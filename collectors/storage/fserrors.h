/* SPDX-License-Identifier: Apache-2.0 */
/* fserrors.h - how many errors a filesystem has found in itself, as ext4 and btrfs say in sysfs. */
#ifndef COLLECTORS_STORAGE_FSERRORS_H
#define COLLECTORS_STORAGE_FSERRORS_H

#include <stdbool.h>

#include "collectors/storage/mounts.h"

struct fserrors {
	int fd;           /* 0: none */
	char options[96]; /* file with its reaction to errors; "" = none */
};

/* False: this kind does not say (XFS: only in the kernel's log), or the mount is not known (NULL). */
bool fserrors_open(struct fserrors *e, const struct mount *m);
double fserrors_read(const struct fserrors *e); /* since it was made; NAN: unknown */
bool fserrors_stops(const struct fserrors *e);  /* after an error it writes no more */
void fserrors_close(struct fserrors *e);

#endif
