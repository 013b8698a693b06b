/* SPDX-License-Identifier: Apache-2.0 */
/* runner.h - runs the configured collectors at every tick and handles their failures. */
#ifndef COLLECTORS_RUNNER_H
#define COLLECTORS_RUNNER_H

#include <jansson.h>

#include "agent/base/loop.h"
#include "agent/data/table.h"
#include "collectors/lib/collector.h"

enum {
	RUNNER_MAX = 32,
	/* Events handled between two ticks; further ones wait for the tick, so that a flood stays cheap. */
	NEWS_MAX = 16,
};

enum run_state {
	RUN_WAITS, /* not opened yet */
	RUN_OPEN,
	RUN_ABSENT, /* not on this guest, or not configured */
	RUN_BROKEN, /* could not be opened */
};

struct run {
	const struct collector *c;
	enum run_state state;
	struct loop_fd news; /* the collector's own fd, if it has one */
	uint32_t events;     /* awaited poll events */
	unsigned news_count; /* events since the last tick */
	unsigned wait;       /* ticks until the next read */
	unsigned failures;   /* in a row */
	unsigned slow;       /* reads in a row that took too long */
	int error;           /* -errno of the last failed open or read */
	struct runner *owner;
};

struct runner {
	struct loop *loop;
	struct table *table;
	void (*news)(struct runner *r); /* a collector read between ticks: score now */
	long waits;                     /* voluntary context switches at the start of this tick */
	unsigned count, opened; /* configured collectors; those of them whose open() was called */
	struct run run[RUNNER_MAX];
};

/* Prepares the collectors that cf->collectors names, without opening them. */
void runner_begin(struct runner *r, struct loop *l, struct table *t, const struct conf *cf);

/*
 * Opens the next collector. A failure affects only that one. Returns false when all have been
 * opened.
 */
bool runner_next(struct runner *r, const struct conf *cf);

/* Prepares and opens all collectors. */
void runner_open(struct runner *r, struct loop *l, struct table *t, const struct conf *cf);
void runner_tick(struct runner *r);
json_t *runner_status(const struct runner *r); /* array; the caller owns it */
void runner_close(struct runner *r);

#endif
