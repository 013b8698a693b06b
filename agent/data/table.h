/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the sample table: collectors write it, everything after them reads it.
 *
 * The table is one fixed array.  A series is found (or made) by name once, when a
 * collector opens or a device appears; from then on the collector holds the pointer and
 * writes through it.  Series never move, so a tick allocates nothing and looks nothing up.
 *
 * A value that could not be read is NAN, never 0: "no answer" and "nothing" differ.
 */
#ifndef AGENT_DATA_TABLE_H
#define AGENT_DATA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SERIES_MAX = 1536,    /* about 130 of the whole guest, the rest of its devices; see below */
	SERIES_NAME = 40,     /* "fs.inodes.used_ratio" and room */
	SERIES_INSTANCE = 64, /* "vda", "eth0", "/var/lib/postgresql"; longer ones are cut */
	NOTES_MAX = 32,       /* the newest; one that is older is written over */
	NOTE_TEXT = 160,
};

/*
 * Unused slots cost no memory: a page is allocated when it is first written. Each kind of device
 * has a limit in its collector (64 disks, 16 interfaces, 16 filesystems, ...), so that all kinds
 * together find room.
 */

/* The meaning of a value for the risk. Faults need no trend: each is bad news. */
enum metric_kind {
	METRIC_GAUGE,         /* watched, without a limit */
	METRIC_BOUNDED,       /* heads for fails_at, and being there is a failure */
	METRIC_SOFT,          /* the same, but only on the way there: full and steady is well */
	METRIC_FAULT_COUNTER, /* hard sign: how often, since the agent began to look; each rise is one */
	METRIC_FAULT_FLAG, /* hard sign while it is 1 */
	METRIC_LIVENESS,   /* hard sign while it is 0 */
	METRIC_DRIVE, /* hard sign while it is 1, and judged by the drive's counters beside it (drive_history.h) */
};

static inline bool metric_is_fault(enum metric_kind k)
{
	return k >= METRIC_FAULT_COUNTER;
}

/* Definition of a metric: the table behind manuals, exporters and scorer. */
struct metric {
	const char *name;      /* stable once released */
	const char *unit;      /* "ratio", "KiB", "s", "ms", "1", "1/s", "KiB/s" */
	enum metric_kind kind; /* BOUNDED and SOFT have a fails_at */
	double fails_at;       /* the value that means failure; NAN: none */
	const char *meaning;   /* one line */
};

extern const struct metric metrics[]; /* ends with a NULL name */

struct series {
	char name[SERIES_NAME];
	char instance[SERIES_INSTANCE]; /* "" when there is one per guest */
	double value;                   /* latest; NAN: could not be read */
	uint64_t at_ms;                 /* table time of the latest series_set(); 0: never */
	double fails_at;                /* as in metrics[] */
	double limit;                   /* capacity, in any unit; NAN: unknown */
	enum metric_kind kind;
	bool soft;           /* kind is METRIC_SOFT */
	uint32_t generation; /* 0: slot is free; differs for each owner of the slot */
	uint32_t epoch;      /* of settings in which it was last asked for */
};

/* The kernel's last message, or the name of a missing thing: the reason of a series' value. */
struct note {
	uint32_t generation; /* of the series; 0: free */
	char text[NOTE_TEXT];
};

struct table {
	uint64_t now_ms;  /* of this tick: CLOCK_BOOTTIME, so that suspension shows as a gap */
	unsigned count;   /* slots ever used; some may be free again */
	unsigned refused; /* series that found no room, since the start */
	uint32_t generations;
	uint32_t epoch; /* of settings: series that no collector asks for again are swept away */
	unsigned note_next;
	struct note note[NOTES_MAX];
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

/* The same for n names of one instance.  -ENOSPC when there is not room for all. */
int table_series_all(struct table *t, const char *instance, const char *const *names,
        struct series **ret, unsigned n);

/* Keeps one line about a series and replaces an earlier one; unprintable bytes become '?'. */
void table_note(struct table *t, const struct series *s, const char *text);
const char *table_why(const struct table *t, const struct series *s); /* "" = nothing */

/*
 * Before collectors open with other settings, and after: what none of them has asked for in between is
 * dropped, so that nothing stale is judged or shown.
 */
void table_mark(struct table *t);
void table_sweep(struct table *t);

/* The thing is gone (device unplugged): its slot is free for others. */
void series_drop(struct series *s);

/*
 * Sets the current limit of a ratio (bytes of a filesystem or of memory). When it changes, the
 * learnt state of the ratio is rescaled.
 */
static inline void series_limit(struct series *s, double limit)
{
	s->limit = limit;
}

static inline void series_set(struct series *s, const struct table *t, double value)
{
	s->value = value;
	s->at_ms = t->now_ms;
}

#endif
