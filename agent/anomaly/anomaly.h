/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anomaly.h - scores how unusual the machine is: each metric against its own past, and all of them together.
 *
 * The result is one score of 0 to 1 for the whole sample table; from 0.5 it is reported.  Of many metrics the
 * highest score is judged more strictly, so that their number does not matter.  The score is not a risk.  It
 * depends on the samples alone: no clock, no I/O.
 */
#ifndef AGENT_ANOMALY_ANOMALY_H
#define AGENT_ANOMALY_ANOMALY_H

#include <stddef.h>

#include "agent/anomaly/correlation.h"
#include "agent/anomaly/novelty.h"
#include "agent/data/table.h"

struct anomaly;

/* The metrics that are compared with their own past.  The scorer does that already for those that it scores. */
enum anomaly_select { ANOMALY_UNSCORED, ANOMALY_ALL };

/* Allocates 0.7 KB for each metric, to be released by free().  Returns NULL when there is no memory. */
struct anomaly *anomaly_new(enum anomaly_select select);

/* Returns the bytes in use for `count` metrics, of which `compared` are compared with their own past. */
size_t anomaly_bytes(size_t count, size_t compared);

/* Adds the new samples of the table and returns the score; NAN when there are none. */
double anomaly_update(struct anomaly *u, const struct table *t);

/* The reason for the last score. */
struct anomaly_reason {
	int series;    /* index in the table; -1: none */
	bool together; /* all metrics together: `series` has the largest share */
	double share;  /* that share, 0 to 1 */
	enum novelty_reason how;
};
struct anomaly_reason anomaly_reason(const struct anomaly *u);

#endif
