/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runner.h - runs the configured collectors every tick, and minds their failures.
 */
#ifndef COLLECTORS_RUNNER_H
#define COLLECTORS_RUNNER_H

#include <jansson.h>

#include "agent/base/loop.h"
#include "agent/data/table.h"
#include "collectors/lib/collector.h"

enum {
	RUNNER_MAX = 32,
	NEWS_MAX =
	        16, /* events handled between two ticks; more wait for the tick, so that a flood stays cheap */
};

enum run_state {
	RUN_WAITS, /* for its turn to be opened */
	RUN_OPEN,
	RUN_ABSENT, /* not on this guest, or not asked for */
	RUN_BROKEN, /* could not be opened */
};

struct run {
	const struct collector *c;
	enum run_state state;
	struct loop_fd news; /* collector's own fd, when it has one */
	uint32_t events;     /* awaited poll events */
	unsigned told;       /* times since the last tick */
	unsigned wait;       /* ticks to go */
	unsigned failures;   /* in a row */
	unsigned slow;       /* reads in a row that took too long */
	int error;           /* -errno of the last failure, or of opening it */
	struct runner *owner;
};

struct runner {
	struct loop *loop;
	struct table *table;
	void (*news)(struct runner *r); /* a collector read between ticks: score now */
	long waits;                     /* the runner's time at the start of this tick */
	unsigned count,
	        opened; /* of those that the settings name: all, and how many had their turn */
	struct run run[RUNNER_MAX];
};

/* Prepares the collectors that cf->collectors names; none is open yet. */
void runner_begin(struct runner *r, struct loop *l, struct table *t, const struct conf *cf);

/* Gives the next one its turn: what one lacks, and that one is broken, is not the others' affair.  False: no more. */
bool runner_next(struct runner *r, const struct conf *cf);

/* Both: all of them, at once. */
void runner_open(struct runner *r, struct loop *l, struct table *t, const struct conf *cf);
void runner_tick(struct runner *r);
json_t *runner_status(const struct runner *r); /* array; the caller's reference */
void runner_close(struct runner *r);

#endif
