/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - a persistent queue: a folder of small JSON files, processed oldest first.
 *
 * It holds signals to Heat and hooks started by events.  An entry is on disk before spool_add() returns.  If it cannot be
 * written (a full disk is one of the failures that are signalled), it is kept in memory and written later.
 */
#ifndef AGENT_STORE_SPOOL_H
#define AGENT_STORE_SPOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A server has tens of deployments at most, and a guest fewer pending signals. */
enum { SPOOL_MAX = 256 };

struct spool_entry {
	uint64_t id; /* 0: free; higher is later, also across restarts */
	json_t *body;
	unsigned attempts;
	uint64_t due_ms; /* earliest time, on the loop's clock; 0: now */
	time_t created;  /* wall clock, to know the age after a restart */
	double age_s;    /* when it was read or added */
	/* loop's clock at that moment: setting the wall clock does not change the age */
	uint64_t seen_ms;
	unsigned refusals; /* permanent, in a row: counted by the owner, not on disk */
	bool busy;         /* in progress: set by the owner, not on disk */
	bool unsaved;      /* not on disk yet */
};

struct spool {
	const char *dir;
	uint64_t last_id;
	unsigned refused; /* entries for which there was no room, since the start */
	int error;        /* of the last write, 0 if all entries are on disk */
	unsigned corrupt; /* files renamed at open */
	struct spool_entry entry[SPOOL_MAX];
};

/*
 * Reads the entries that an earlier run left in `dir` (kept by reference, created if missing) into
 * `s`, which is all zeroes. Returns 0 or -errno; after an error the spool works in memory.
 */
int spool_open(struct spool *s, const char *dir);

/* Adds an entry and takes ownership of `body`.  Returns NULL if full: body is released and counted. */
struct spool_entry *spool_add(struct spool *s, json_t *body, time_t now);

/* Writes an entry after a change of its body or attempts. */
void spool_save(struct spool *s, struct spool_entry *e);

/* Returns the age of an entry in seconds. */
double spool_age_s(const struct spool_entry *e);

void spool_remove(struct spool *s, struct spool_entry *e);

/* Returns the entry after `e`, oldest first; the oldest if e is NULL; NULL at the end. */
struct spool_entry *spool_next(struct spool *s, const struct spool_entry *e);

unsigned spool_count(struct spool *s);

void spool_close(struct spool *s); /* the files stay */

#endif
