/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unusual.h - how unusual the machine is: each metric against its own past, and all of them together.
 *
 * One number, 0 to 1, over the sample table; from 0.5 it is worth a word, however many metrics there are:
 * of many the loudest is measured by a stricter rule.  It is not a risk.  Pure, as the scorer is.
 */
#ifndef AGENT_UNUSUAL_H
#define AGENT_UNUSUAL_H

#include "agent/joint.h"
#include "agent/novelty.h"
#include "agent/sample.h"

struct unusual;

/* Bytes, for whoever allocates it once at the start: 200 KB lean, 670 KB full. */
size_t unusual_size(enum novelty_form form);
void unusual_start(struct unusual *u, enum novelty_form form);

/* Takes in what is new in the table.  NAN: nothing was, or nothing known. */
double unusual_update(struct unusual *u, const struct table *t);

/* What made it so: the series, and how; all together when the series is -1. */
struct unusual_why {
	int series; /* index in the table */
	enum novelty_why how;
};
struct unusual_why unusual_why(const struct unusual *u);

#endif
