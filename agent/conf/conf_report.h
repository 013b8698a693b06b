/* SPDX-License-Identifier: Apache-2.0 */
/* conf_report.h - collects the mistakes and warnings of a configuration. */
#ifndef AGENT_CONF_CONF_REPORT_H
#define AGENT_CONF_CONF_REPORT_H

#include <stdbool.h>

enum { CONF_ERR = 320 }; /* bytes of one mistake */

/* Receiver of mistakes and warnings, one line each ("file:line: key: mistake"). */
struct conf_report {
	void (*say)(struct conf_report *r, bool error, const char *line);
	unsigned errors, warnings;
};

/* Counts a mistake (`error`) or a warning and hands it to the receiver, cut at twice CONF_ERR. */
__attribute__((format(printf, 3, 4))) void conf_report_add(
        struct conf_report *rep, bool error, const char *fmt, ...);

/* Writes a mistake to reterr.  Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) int conf_fail(
        char reterr[static CONF_ERR], const char *fmt, ...);

#endif
