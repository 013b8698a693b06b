/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - one line to stderr, with the level journald expects in front.
 *
 * "<4>memory: ..." when stderr is the journal's, "memory: ..." on a terminal.  Never blocks: on a
 * dying guest the journal is among the first to stall.  Lines that do not go out are counted and
 * the count is told when they do again.  %m is the errno of the caller, which is left as it was.
 *
 * One call is one line of at most LOG_LINE bytes, whatever is in its arguments: names, paths and
 * answers come from outside, and must neither forge a second line nor move a terminal's cursor.
 * Secrets are the caller's to take out: redact.h.
 */
#ifndef AGENT_BASE_LOG_H
#define AGENT_BASE_LOG_H

#include <stdbool.h>
#include <syslog.h>

enum {
	LOG_LINE = 1024,
	LOG_FILE_MAX = 1 << 20, /* bytes of the file, and of the one old file beside it */
};

/*
 * max_level: LOG_INFO, or LOG_DEBUG with -v.  The first thing a program calls: it also sees to
 * fds 0 to 2 being open, or what is opened next would get our lines.
 */
void log_open(int max_level);

/*
 * From now on to this file (below the sysroot), not to stderr, as cfn-hup did: for the one-shot
 * without a terminal.  "LEVEL [YYYY-MM-DD HH:MM:SS,mmm] message", local time.  At LOG_FILE_MAX it
 * becomes PATH.1.  When it cannot be written any more, stderr is used again.  NULL: back to
 * stderr.  0 or -errno; -EINVAL for what is not a regular file.
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

/* In place: control characters (newline and tab too) and what is not UTF-8 become '?'. */
void log_clean(char *text);

#endif
