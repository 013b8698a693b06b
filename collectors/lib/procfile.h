/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfile.h - readers of small kernel files, which are opened once and read again from the start.
 */
#ifndef COLLECTORS_LIB_PROCFILE_H
#define COLLECTORS_LIB_PROCFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens path_kernel_root() + path. Returns an fd (close-on-exec) or -errno. */
int procfile_open(const char *path, int flags);

/* Reads the whole file into buf, NUL-terminated. Returns its length, -EFBIG or -errno. */
int procfile_read(int fd, char *buf, size_t size);

/*
 * Returns the whole file, NUL-terminated, in a static buffer that the next call overwrites: for
 * files that grow with the machine (a line for each CPU, disk, interface). NULL: error in errno;
 * EFBIG beyond 256 KiB.
 */
char *procfile_scratch(int fd);

/* Opens a file, returns its first number and closes it; NAN if there is none. */
double procfile_value(const char *path);

/* Reads the first line of a file without trailing blanks; "" if there is none. */
void procfile_word(const char *path, char *ret, size_t size);

/*
 * Calls `each` for every name in a directory that does not begin with a dot, until it returns
 * false. Allocates nothing. Returns 0 or -errno.
 */
int procfile_list(const char *path, bool (*each)(const char *name, void *arg), void *arg);

bool procfile_exists(const char *path);

/*
 * Returns the number after `key` where `key` begins a word, NAN if there is none. Parses only
 * digits and a fraction, as the kernel writes them, independent of the locale.
 */
double procfile_number(const char *text, const char *key);

/* Returns the number at `s`, NAN if there is none; *ret_end (may be NULL) points behind it. */
double procfile_digits(const char *s, const char **ret_end);

/* Reads the first three numbers of a small file; NAN where there is none, or if fd < 0. */
void procfile_numbers(int fd, double ret[static 3]);

#endif
