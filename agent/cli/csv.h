/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h - parses recorded samples: the cells of a line, numbers, and two forms of time stamps. */
#ifndef AGENT_CLI_CSV_H
#define AGENT_CLI_CSV_H

/*
 * Splits a line into cells in place, without quotes and surrounding blanks. Returns their number,
 * at most `max`; further cells are ignored. -EINVAL: unterminated quote.
 */
int csv_split(char *line, char **cell, int max);

/*
 * Parses seconds since 1970 or "2014-02-14 14:30:00" / "2014-02-14T14:30:00.5Z" in UTC. Returns 0
 * or -EINVAL.
 */
int csv_time(const char *s, double *ret);

/* Parses a number; NAN for an empty cell, "nan", "null", "NA". Returns 0 or -EINVAL. */
int csv_number(const char *s, double *ret);

#endif
