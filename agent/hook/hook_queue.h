/* SPDX-License-Identifier: Apache-2.0 */
/* hook_queue.h - how hooks.c runs what hook_next.c picks; nobody else's business. */
#ifndef AGENT_HOOK_HOOK_QUEUE_H
#define AGENT_HOOK_HOOK_QUEUE_H

#include "agent/hook/hooks.h"

/* What a lane could do next.  slot NULL: nothing now. */
struct hook_next {
	struct hook_slot *slot;
	struct spool_entry *entry; /* NULL: a change */
	enum trigger trigger;
	uint64_t next_ms; /* when to look again; UINT64_MAX: when something happens */
};

/*
 * The first thing that is due for this lane; commits on the way what no hook needs to run for.
 * Events of hooks that are no longer configured are dropped, and told.
 */
bool hook_next(struct hooks *h, enum hook_queue_kind lane, uint64_t now_ms, struct hook_next *ret);

void hook_queues_open(struct hooks *h);

/* Starts what is due in each free lane, and sleeps until the next will be. */
void hook_queues_run(struct hooks *h);

void hook_slot_save(struct hook_slot *s);
void hook_slot_free(struct hook_slot *s);

#endif
