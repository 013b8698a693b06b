/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plot.h - draws a replay as an SVG image: the metric with the highest risk, its forecast, the
 * risk, and the events.
 */
#ifndef AGENT_CLI_PLOT_H
#define AGENT_CLI_PLOT_H

#include <stdbool.h>
#include <stdio.h>

struct plot; /* a few hundred KiB, independent of the length of the recording */

struct plot_point {
	double at_s, value;           /* NAN: unknown */
	double risk;                  /* NAN: unknown */
	double left_s, low_s, high_s; /* NAN: no forecast */
};

struct plot *plot_new(void); /* free() it; NULL: out of memory */

/* Adds a column of the recording; those beyond the first 16 are ignored. */
void plot_column(struct plot *p, unsigned column, const char *name, bool bounded);
void plot_add(struct plot *p, unsigned column, const struct plot_point *point);
void plot_event(struct plot *p, unsigned column, double at_s, bool raised);

/* Writes the SVG. Returns 0 or -errno. */
int plot_write(const struct plot *p, FILE *out);

#endif
