/* SPDX-License-Identifier: Apache-2.0 */
/* csv.h - recorded samples: one line's cells, and the two forms of time they begin with. */
#ifndef AGENT_CLI_CSV_H
#define AGENT_CLI_CSV_H

/*
 * Cuts a line into cells, in place: quotes and blanks around a cell go.  How many, at most `max`; the
 * rest is ignored.  -EINVAL: a quote that does not end.
 */
int csv_split(char *line, char **cell, int max);

/* Seconds since 1970 or "2014-02-14 14:30:00" / "2014-02-14T14:30:00.5Z" in UTC.  0 or -EINVAL. */
int csv_time(const char *s, double *ret);

/* A number; NAN for an empty cell, "nan", "null", "NA".  0 or -EINVAL. */
int csv_number(const char *s, double *ret);

#endif
