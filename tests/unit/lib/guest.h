/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h - a folder that stands for a guest's root, made and removed by a test. */
#ifndef TESTS_UNIT_LIB_GUEST_H
#define TESTS_UNIT_LIB_GUEST_H

#include "tests/unit/lib/test.h"

#include <ftw.h>
#include <limits.h>
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

/* Returns the path of a file of the guest as the test sees it. */
static inline const char *guest_path(const char *path)
{
	return fmt("%s%s", guest_dir, path);
}

static inline void guest_put_program(const char *path, const char *text, mode_t mode)
{
	guest_put(path, text);
	assert_int_equal(chmod(guest_path(path), mode), 0);
}

/* Returns a file's text until the next call; "" if it cannot be read. */
static inline const char *guest_text(const char *path)
{
	static char *text;
	size_t len;

	free(text);
	text = NULL;
	return path_read(path, 100000, &text, &len) < 0 ? "" : text;
}

/* Returns the type and permissions of a file; 0 if there is none. */
static inline mode_t guest_mode(const char *path)
{
	struct stat st;

	return lstat(guest_path(path), &st) < 0 ? 0 : st.st_mode;
}

#endif
