/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - files below the sysroot: reads are bounded, writes are atomic.
 *
 * Every path is absolute and is resolved below path_root().  Functions return 0 or -errno unless stated otherwise,
 * and never log.
 */
#ifndef AGENT_BASE_PATH_H
#define AGENT_BASE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Sets the sysroot: "" (the default) or an absolute folder.  Returns 0, or -EINVAL if it is not absolute. */
int path_set_root(const char *dir);
const char *path_root(void);

/*
 * Returns the root of /proc and /sys.  It is the sysroot if that has a proc/ (a guest's root, or recorded files in a
 * test), else "": the root of an image has no kernel, so the running one is used.
 */
const char *path_kernel_root(void);

/* Writes root + path into ret.  Returns 0 or -ENAMETOOLONG. */
int path_full(char ret[static PATH_MAX], const char *path);

/* Returns an fd (close-on-exec) or -errno. */
int path_open(const char *path, int flags, mode_t mode);

/* Like stat() and lstat(), below the sysroot.  Returns 0, or -errno with *ret undefined. */
int path_stat(const char *path, struct stat *ret);
int path_lstat(const char *path, struct stat *ret);

/*
 * Reads a whole regular file of at most `max` bytes and ends it with NUL; *ret is the
 * caller's to free.  -EFBIG when larger, -EISDIR / -EINVAL when it is not a regular file.
 */
int path_read(const char *path, size_t max, char **ret, size_t *ret_len);

/* Atomically replaces a file (mode 0600): temporary file beside it, fsync, rename, fsync of the
 * folder.  On failure the old file is as it was. */
int path_write(const char *path, const void *data, size_t len);

/* Makes the folder and its parents, with mode 0700. */
int path_mkdir(const char *path);

/*
 * Makes a folder writable by the daemon's user only.  Returns 0 if it was so, 1 if others could write into it,
 * -ENOENT if there is none, or -errno with the folder unchanged.
 */
int path_private(const char *path);

int path_remove(const char *path); /* 0 also if there is no such file */
bool path_exists(const char *path);

#endif
