/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the sample table: collectors write it, everything after them reads it.
 *
 * The table is one fixed array. A series is found or created by name once, when a collector opens
 * or a device appears; the collector then keeps the pointer and writes through it. Series never
 * move, so a tick needs neither allocation nor lookup.
 *
 * A value that could not be read is NAN, never 0.
 */
#ifndef AGENT_DATA_TABLE_H
#define AGENT_DATA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SERIES_MAX = 1536,    /* about 130 for the guest, the rest for its devices */
	SERIES_NAME = 40,     /* room for "fs.inodes.used_ratio" and longer */
	SERIES_INSTANCE = 64, /* "vda", "eth0", "/var/lib/postgresql"; longer ones are truncated */
	NOTES_MAX = 32,       /* the newest; older ones are overwritten */
	NOTE_TEXT = 160,
};

/*
 * Unused slots cost no memory: a page is allocated when it is first written. Each collector limits
 * its devices (64 disks, 16 interfaces, 16 filesystems, ...), so that all kinds together fit.
 */

/* The meaning of a value for the risk. A fault is a failure at once, without a trend. */
enum metric_kind {
	METRIC_GAUGE,   /* no limit */
	METRIC_BOUNDED, /* may reach fails_at, which is a failure */
	METRIC_SOFT,    /* the same, but only while it rises: full and steady is normal */
	/* fault: occurrences since the agent started; each increase is a fault */
	METRIC_FAULT_COUNTER,
	METRIC_FAULT_FLAG, /* fault while it is 1 */
	METRIC_LIVENESS,   /* fault while it is 0 */
	/* fault while it is 1; the risk also depends on the drive's counters (drive_history.h) */
	METRIC_DRIVE,
};

static inline bool metric_is_fault(enum metric_kind k)
{
	return k >= METRIC_FAULT_COUNTER;
}

/* Definition of a metric, for manuals, exporters and the scorer. */
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
	char instance[SERIES_INSTANCE]; /* "": one series for the guest */
	double value;                   /* latest; NAN: could not be read */
	uint64_t at_ms;                 /* table time of the latest series_set(); 0: never */
	double fails_at;                /* as in metrics[] */
	double limit;                   /* capacity, in any unit; NAN: unknown */
	enum metric_kind kind;
	bool soft;           /* kind is METRIC_SOFT */
	uint32_t generation; /* 0: slot is free; differs for each owner of the slot */
	uint32_t epoch;      /* settings with which it was last requested */
};

/*
 * The reason of a series' value: the kernel's last message, or the name of a missing device or
 * process.
 */
struct note {
	uint32_t generation; /* of the series; 0: free */
	char text[NOTE_TEXT];
};

struct table {
	uint64_t now_ms;  /* of this tick: CLOCK_BOOTTIME, so that a suspension shows as a gap */
	unsigned count;   /* slots ever used; some may be free again */
	unsigned refused; /* series rejected because the table was full, since the start */
	uint32_t generations;
	/* of the settings: table_sweep() drops series that no collector requests again */
	uint32_t epoch;
	unsigned note_next;
	struct note note[NOTES_MAX];
	struct series series[SERIES_MAX];
};

/* Starts a tick (or an event between ticks) at now_ms. */
void table_tick(struct table *t, uint64_t now_ms);

/*
 * Finds or creates a series. Unknown names are accepted (a replayed file may have any): a name that
 * ends in ".used_ratio" fails at 1, others are plain gauges. NULL: the table is full (counted in
 * t->refused).
 */
struct series *table_series(struct table *t, const char *name, const char *instance);

/* Does the same for n names of one instance. -ENOSPC: not all fit. */
int table_series_all(struct table *t, const char *instance, const char *const *names,
        struct series **ret, unsigned n);

/* Sets the note of a series; unprintable bytes become '?'. */
void table_note(struct table *t, const struct series *s, const char *text);
const char *table_why(const struct table *t, const struct series *s); /* "" = nothing */

/*
 * Called before and after collectors open with new settings: a series that no collector requests in
 * between is dropped, so that no stale value is scored or shown.
 */
void table_mark(struct table *t);
void table_sweep(struct table *t);

/* Frees the slot of a series whose device or process is gone. */
void series_drop(struct series *s);

/*
 * Sets the current capacity behind a ratio (bytes of a filesystem or of memory). When it changes,
 * the learnt state of the ratio is rescaled.
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
