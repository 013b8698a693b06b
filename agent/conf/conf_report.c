/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_report.c - counts mistakes and warnings of the configuration, and hands each on as one line
 * of bounded length. Without a receiver they are only counted: a load on trial, `prehup clean`.
 */
#include "agent/conf/conf_report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void conf_report_add(struct conf_report *rep, bool error, const char *fmt, ...)
{
	char line[CONF_ERR * 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (error)
		rep->errors++;
	else
		rep->warnings++;
	if (rep->say)
		rep->say(rep, error, line);
}

int conf_fail(char reterr[static CONF_ERR], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reterr, CONF_ERR, fmt, ap);
	va_end(ap);
	return -EINVAL;
}
