/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - runs hooks, in order, with retries.
 *
 * There are two queues, each with one running hook: hooks of metadata and services in the order of
 * the configuration, like cfn-hup; and hooks of predictions, so that a long configuration run never
 * delays the guest's rescue.
 *
 * The hook's record on disk (hook_record.h) alone decides which hooks a change of metadata fires,
 * so a crash loses nothing. Events (predictions, restarted services) are spooled.
 */
#ifndef AGENT_HOOK_HOOKS_H
#define AGENT_HOOK_HOOKS_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/hook/hook_env.h"
#include "agent/hook/hook_record.h"
#include "agent/process/child.h"
#include "agent/store/rate_limit.h"
#include "agent/store/spool.h"

/* One hook of the configuration in force. */
struct hook_slot {
	const struct hook *hook; /* the conf's; NULL: runs, and is no longer configured */
	struct hook_record record;
	bool seen;                /* its resource has been read since the start */
	json_t *value;            /* ... and then this was there; NULL: nothing */
	struct rate_limit budget; /* of runs for predictions */
	char last_error[160];     /* "" = the last run was well */
};

enum hook_queue_kind { QUEUE_CHANGES, QUEUE_PREDICTIONS, LANES };

struct hook_queue {
	struct hooks *owner;
	struct child child;
	bool busy;
	struct hook_slot *slot;    /* slot of the running hook */
	struct spool_entry *entry; /* the event it runs for; NULL: a change */
	enum trigger trigger;
	json_t *value; /* baseline that a success commits */
	struct hook_env env;
};

struct hooks {
	struct loop *loop;
	const struct conf *conf;
	struct hook_slot *slot[HOOK_MAX]; /* in the order of the configuration */
	unsigned count;
	struct spool events;
	struct rate_limits budgets; /* of runs for predictions, by hook */
	struct hook_queue lane[LANES];
	struct loop_timer timer; /* the next that is due later */
	/* A hook that clears a stack hook has succeeded; may be NULL. */
	void (*cleared)(struct hooks *h, const char *clears);
};

/* A resource as a poll found it.  All borrowed. */
struct hook_view {
	const char *resource;
	json_t *metadata; /* NULL: the resource is gone */
	const char *physical_id;
	/* As it was known before this program first saw it; NULL metadata: not at all. */
	json_t *old_metadata;
	const char *old_physical_id;
};

struct hook_event {
	enum trigger trigger; /* TRIGGER_RAISED, _CLEARED, _RESTARTED */
	const char *resource; /* only hooks of this resource; NULL: all */
	const char *about; /* a later event about the same thing takes the place of a waiting one */
	json_t *env;       /* object of strings: more environment; taken over */
};

/* `h` is all zeroes: most of it is never touched.  0. */
int hooks_open(struct hooks *h, struct loop *l, const struct conf *cf);

/* Takes over another configuration; running hooks go on, records stay. */
void hooks_conf(struct hooks *h, const struct conf *cf);

/*
 * Takes the result of a poll. New hooks get their record here, so call it before any other use of
 * the answer; hooks_run() then runs the changes.
 */
void hooks_view(struct hooks *h, const struct hook_view *v);
void hooks_run(struct hooks *h);

void hooks_event(struct hooks *h, const struct hook_event *e);

bool hooks_busy(const struct hooks *h); /* is one running now? */

json_t *hooks_status(struct hooks *h); /* array; the caller's reference */

/* Running hooks go on unwatched; the next start waits for them, then runs them again. */
void hooks_close(struct hooks *h);

#endif
