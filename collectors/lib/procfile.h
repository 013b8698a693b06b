/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfile.h - small kernel files, opened once and read again from the top.
 */
#ifndef COLLECTORS_LIB_PROCFILE_H
#define COLLECTORS_LIB_PROCFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens path_kernel_root() + path: an fd (close-on-exec) or -errno. */
int procfile_open(const char *path, int flags);

/* Fills buf with the whole file and ends it with NUL: length, -EFBIG or -errno. */
int procfile_read(int fd, char *buf, size_t size);

/*
 * The whole file, NUL-terminated, in a buffer that the next call takes again: for files that grow with
 * the machine (a line for each CPU, disk, interface).  NULL: errno says why; EFBIG beyond 256 KiB.
 */
char *procfile_scratch(int fd);

/* One that is opened for this only: its first number, NAN without. */
double procfile_value(const char *path);

/* Its first line, blanks at the end cut off; "" without. */
void procfile_word(const char *path, char *ret, size_t size);

/*
 * Calls `each` for every name in a folder but those that begin with a dot, until it says false; allocates
 * nothing.  0 or -errno.
 */
int procfile_list(const char *path, bool (*each)(const char *name, void *arg), void *arg);

bool procfile_exists(const char *path);

/*
 * The number after `key` where a word begins with it, NAN if there is none.  Only digits and a
 * fraction: the kernel writes no other numbers, and no locale has a say.
 */
double procfile_number(const char *text, const char *key);

/* The number that begins here, NAN if none does; *ret_end is behind it (may be NULL). */
double procfile_digits(const char *s, const char **ret_end);

/* The first three numbers of a small file, NAN beyond the last, or where it cannot be read (fd < 0). */
void procfile_numbers(int fd, double ret[static 3]);

#endif
