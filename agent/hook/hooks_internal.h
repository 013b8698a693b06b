/* SPDX-License-Identifier: Apache-2.0 */
/* hooks_internal.h - private to hooks.c, hook_queue.c and hook_next.c: runs the hooks that hook_next.c picks. */
#ifndef AGENT_HOOK_HOOKS_INTERNAL_H
#define AGENT_HOOK_HOOKS_INTERNAL_H

#include "agent/hook/hooks.h"

/* The next hook of a queue; slot NULL: none is due. */
struct hook_next {
	struct hook_slot *slot;
	struct spool_entry *entry; /* NULL: a change */
	enum trigger trigger;
	uint64_t next_ms; /* time of the next check; UINT64_MAX: none */
};

/*
 * Finds the first due hook of this queue, and commits changes for which no hook needs to run. Drops
 * and logs events of hooks that are no longer configured.
 */
bool hook_next(struct hooks *h, enum hook_queue_kind queue, uint64_t now_ms, struct hook_next *ret);

void hook_queues_open(struct hooks *h);

/* Starts the due hook of each idle queue, and arms the timer for the next one. */
void hook_queues_run(struct hooks *h);

void hook_slot_save(struct hook_slot *s);
void hook_slot_free(struct hook_slot *s);

#endif
