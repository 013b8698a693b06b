/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.h - the sample table: collectors write it, everything after them reads it.
 *
 * The table is one fixed array.  A series is found (or made) by name once, when a
 * collector opens or a device appears; from then on the collector holds the pointer and
 * writes through it.  Series never move, so a tick allocates nothing and looks nothing up.
 *
 * A value that could not be read is NAN, never 0: "no answer" and "nothing" differ.
 */
#ifndef AGENT_SAMPLE_H
#define AGENT_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SERIES_MAX = 256,     /* about 20 whole-guest metrics, the rest per filesystem or device */
	SERIES_NAME = 40,     /* "fs.inodes.used_ratio" and room */
	SERIES_INSTANCE = 64, /* "vda", "eth0", "/var/lib/postgresql"; longer ones are cut */
};

/* What is known of a metric before any sample: the one table behind docs, exporters, scorer. */
struct metric {
	const char *name;    /* stable once released */
	const char *unit;    /* "ratio", "KiB", "1" */
	double fails_at;     /* the value that means failure; NAN: watched, never scored */
	bool soft;           /* ... but only on the way there: full and steady is well */
	const char *meaning; /* one line */
};

extern const struct metric metrics[]; /* ends with a NULL name */

struct series {
	char name[SERIES_NAME];
	char instance[SERIES_INSTANCE]; /* "" when there is one per guest */
	double value;                   /* latest; NAN: could not be read */
	uint64_t at_ms;                 /* table time of the latest series_set(); 0: never */
	double fails_at;                /* as in metrics[] */
	bool soft;
	uint32_t born;  /* 0: slot is free; differs for each owner of the slot */
	uint32_t round; /* of settings in which it was last asked for */
};

struct table {
	uint64_t now_ms;  /* of this tick: CLOCK_BOOTTIME, so that suspension shows as a gap */
	unsigned count;   /* slots ever used; some may be free again */
	unsigned refused; /* series that found no room, since the start */
	uint32_t births;
	uint32_t round; /* of settings: series that no collector asks for again are swept away */
	struct series series[SERIES_MAX];
};

/* Starts a tick (or an event between ticks) at now_ms. */
void table_tick(struct table *t, uint64_t now_ms);

/*
 * Finds or makes a series.  A name that is not in metrics[] is taken too (a replayed file may
 * have any): one that ends in ".used_ratio" fails at 1, others are plain gauges.
 * NULL: the table is full (counted in t->refused).
 */
struct series *table_series(struct table *t, const char *name, const char *instance);

/*
 * Before collectors open with other settings, and after: what none of them has asked for in between is
 * dropped, so that nothing stale is judged or shown.
 */
void table_round(struct table *t);
void table_sweep(struct table *t);

/* The thing is gone (device unplugged): its slot is free for others. */
void series_drop(struct series *s);

static inline void series_set(struct series *s, const struct table *t, double value)
{
	s->value = value;
	s->at_ms = t->now_ms;
}

#endif
