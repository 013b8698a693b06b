/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.h - work that must outlive the process: a folder of small JSON files, done oldest first.
 *
 * Used for signals on their way to Heat and for hooks that an event has called for.  An entry is on
 * disk before spool_add() returns; when the disk will not have it (a full disk is one of the very
 * failures that are signalled) it is kept in memory and written later.
 */
#ifndef AGENT_STORE_SPOOL_H
#define AGENT_STORE_SPOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A server has tens of deployments at most, and a guest not as many things to tell at a time. */
enum { SPOOL_MAX = 256 };

struct spool_entry {
	uint64_t id; /* 0: free; higher is later, also across restarts */
	json_t *body;
	unsigned attempts;
	uint64_t due_ms;   /* not before, on the loop's clock; 0: now */
	time_t created;    /* wall clock, to know the age after a restart */
	double age_s;      /* when it was read or added, */
	uint64_t seen_ms;  /* then, on the loop's clock: to set the wall clock ages nothing */
	unsigned refusals; /* in a row that will not change: the owner's count, not kept on disk */
	bool busy;         /* under way: the owner's mark, not kept on disk */
	bool unsaved;      /* not on disk yet */
};

struct spool {
	const char *dir;
	uint64_t last_id;
	unsigned refused; /* entries for which there was no room, since the start */
	int error;        /* of the last write, 0 when all is on disk */
	unsigned corrupt; /* files kept aside at open */
	struct spool_entry entry[SPOOL_MAX];
};

/* Reads what an earlier run left in `dir` (kept by reference; made when missing) into `s`, which is all zeroes: most
 * of it is never touched.  0 or -errno; usable, in memory, even then. */
int spool_open(struct spool *s, const char *dir);

/* Takes over `body` (an object).  NULL: full, counted, and body released. */
struct spool_entry *spool_add(struct spool *s, json_t *body, time_t now);

/* Writes an entry after a change of its body or attempts. */
void spool_save(struct spool *s, struct spool_entry *e);

/* How old it is, as far as is known. */
double spool_age_s(const struct spool_entry *e);

void spool_remove(struct spool *s, struct spool_entry *e);

/* The entries in use, oldest first: after `e`, or the first when NULL; NULL at the end. */
struct spool_entry *spool_next(struct spool *s, const struct spool_entry *e);

unsigned spool_count(struct spool *s);

void spool_close(struct spool *s); /* the files stay */

#endif
