/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.h - the daemon's own files: below the sysroot, bounded when read, whole when written.
 *
 * Every path is absolute and taken below path_root().  Functions return 0 (or what they
 * say) or -errno, and never log.
 */
#ifndef AGENT_BASE_PATH_H
#define AGENT_BASE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where "/" is: "" (the default) or a folder without trailing slash.  -EINVAL: not absolute. */
int path_set_root(const char *dir);
const char *path_root(void);

/*
 * Where /proc and /sys are: the sysroot when it has a proc/ of its own (a guest's root, or
 * recorded files in a test), else "": an image's root has no kernel, the running one is meant.
 */
const char *path_kernel_root(void);

/* root + path, as the kernel wants it.  -ENAMETOOLONG. */
int path_full(char ret[static PATH_MAX], const char *path);

/* An fd (close-on-exec) or -errno. */
int path_open(const char *path, int flags, mode_t mode);

/*
 * Reads a whole regular file of at most `max` bytes and ends it with NUL; *ret is the
 * caller's to free.  -EFBIG when larger, -EISDIR / -EINVAL when it is not a regular file.
 */
int path_read(const char *path, size_t max, char **ret, size_t *ret_len);

/* Atomically replaces a file (mode 0600): temporary file beside it, fsync, rename, fsync of the
 * folder.  On failure the old file is as it was. */
int path_write(const char *path, const void *data, size_t len);

/* mkdir -p, new folders 0700. */
int path_mkdir(const char *path);

/*
 * A folder that is to be ours alone.  0: it is; 1: others could write into it until now; -ENOENT: there is
 * none; -errno: it stays as it is.
 */
int path_private(const char *path);

int path_remove(const char *path); /* 0 also when it was not there */
bool path_exists(const char *path);

#endif
