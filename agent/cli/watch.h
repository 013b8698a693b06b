/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - `prehup watch`: shows the resources with the highest risk, their history and forecast,
 * on a terminal.
 */
#ifndef AGENT_CLI_WATCH_H
#define AGENT_CLI_WATCH_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "agent/data/table.h"

enum { WATCH_PAST = 32, WATCH_ROWS = 64 };

/* History of one metric since the command started, oldest first. */
struct watch_past {
	char metric[SERIES_NAME], instance[SERIES_INSTANCE];
	unsigned n;
	float used[WATCH_PAST];
	unsigned seen; /* frame in which it was last present */
};

struct watch {
	unsigned frame;
	struct watch_past past[WATCH_ROWS];
};

/* Draws an explanation (explanation.h): at most `rows` lines of `columns` characters. */
void watch_frame(struct watch *w, const json_t *doc, unsigned rows, unsigned columns, FILE *out);

#endif
