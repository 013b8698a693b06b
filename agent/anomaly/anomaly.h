/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly.h - how unusual the machine is: each metric against its own past, and all of them together.
 *
 * One number, 0 to 1, over the sample table; from 0.5 it is worth a word, however many metrics there are:
 * of many the loudest is measured by a stricter rule.  It is not a risk.  Pure, as the scorer is.
 */
#ifndef AGENT_ANOMALY_ANOMALY_H
#define AGENT_ANOMALY_ANOMALY_H

#include <stddef.h>

#include "agent/anomaly/correlation.h"
#include "agent/anomaly/novelty.h"
#include "agent/data/table.h"

struct anomaly;

/*
 * Of which metrics each one's own past is learnt.  Those that are scored by themselves know it already: what
 * is unusual beside them is news.
 */
enum anomaly_select { ANOMALY_UNSCORED, ANOMALY_ALL };

/* Allocated once: 0.7 KB for each metric in lean form, 2.6 in full.  NULL: no memory.  For free(). */
struct anomaly *anomaly_new(enum novelty_form form, enum anomaly_select whose);

/* Bytes that are touched when of so many metrics so many are asked by themselves. */
size_t anomaly_bytes(enum novelty_form form, size_t count, size_t asked);

/* Takes in what is new in the table.  NAN: nothing was, or nothing known. */
double anomaly_update(struct anomaly *u, const struct table *t);

/* What made it so. */
struct anomaly_reason {
	int series;    /* index in the table; -1: nothing */
	bool together; /* all of them: this is the one whose share is the largest */
	double share;  /* ... and that, 0 to 1 */
	enum novelty_reason how;
};
struct anomaly_reason anomaly_reason(const struct anomaly *u);

#endif
