/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h - a folder that stands for a guest's root, made and removed by a test. */
#ifndef TESTS_UNIT_LIB_GUEST_H
#define TESTS_UNIT_LIB_GUEST_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/path.h"

static char guest_dir[] = "/tmp/prehup-unit.XXXXXX";

static inline int guest_open(__attribute__((unused)) void **state)
{
	memcpy(guest_dir, "/tmp/prehup-unit.XXXXXX", sizeof(guest_dir));
	return mkdtemp(guest_dir) ? path_set_root(guest_dir) : -1;
}

static inline int guest_remove_one(const char *p, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(p);
}

static inline int guest_close(__attribute__((unused)) void **state)
{
	(void)nftw(guest_dir, guest_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return path_set_root("");
}

static inline void guest_put(const char *path, const char *text)
{
	char dir[PATH_MAX];

	(void)snprintf(dir, sizeof(dir), "%s", path);
	*strrchr(dir, '/') = '\0';
	if (path_mkdir(*dir ? dir : "/") < 0 || path_write(path, text, strlen(text)) < 0)
		abort();
}

#endif
