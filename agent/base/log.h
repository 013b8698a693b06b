/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - messages of one line, written to stderr with the level prefix of journald.
 *
 * The line is "<4>memory: ..." for the journal and "memory: ..." for a terminal.  Logging never blocks: on a
 * failing guest the journal is among the first services to stall.  Lines that cannot be written are counted, and
 * the count is logged with the next line.  %m is the errno of the caller, which is preserved.
 *
 * One call writes one line of at most LOG_LINE bytes, whatever its arguments hold.  Names, paths and answers come
 * from outside: they must not forge a second line or move a terminal's cursor.  Callers remove secrets: redact.h.
 */
#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

#include <stdbool.h>
#include <syslog.h>

enum {
	LOG_LINE = 1024,
	LOG_FILE_MAX = 1 << 20, /* bytes of the log file, and of the one rotated file */
};

/*
 * Sets the highest level that is logged: LOG_INFO, or LOG_DEBUG with -v.  A program calls it first.  It also opens
 * fds 0 to 2 if they are closed: otherwise the next file that is opened would receive the log.
 */
void log_open(int max_level);

/*
 * Redirects the log from stderr to this file (below the sysroot), as cfn-hup did; NULL restores stderr.  A line is
 * "LEVEL [YYYY-MM-DD HH:MM:SS,mmm] message", in local time.  A file of LOG_FILE_MAX bytes is renamed to PATH.1.
 * After a failed write the log returns to stderr.  Returns 0 or -errno; -EINVAL if it is not a regular file.
 */
int log_to_file(const char *path);

void log_at(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_err(...)    log_at(LOG_ERR, __VA_ARGS__)
#define log_warn(...)   log_at(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_at(LOG_NOTICE, __VA_ARGS__)
#define log_info(...)   log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)  log_at(LOG_DEBUG, __VA_ARGS__)

/* Logs and returns r: `return log_fail(r, "cannot open %s", path);` adds the reason. */
int log_fail(int r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Replaces, in place, each control character (also newline and tab) and each byte that is not UTF-8 by '?'. */
void log_clean(char *text);

#endif
