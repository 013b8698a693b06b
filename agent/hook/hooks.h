/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - runs hooks, in order, with retries.
 *
 * There are two queues, each with one running hook: hooks of metadata and services in the order of
 * the configuration, like cfn-hup; and hooks of predictions, so that a long configuration run never
 * delays the reaction to a failure.
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

/* One hook of the current configuration. */
struct hook_slot {
	const struct hook *hook; /* NULL: it runs, but is no longer configured */
	struct hook_record record;
	bool seen;                /* its resource has been polled since the start */
	json_t *value;            /* value at the last poll; NULL: none */
	struct rate_limit budget; /* of runs for predictions */
	char last_error[160];     /* "": the last run succeeded */
};

enum hook_queue_kind { QUEUE_CHANGES, QUEUE_PREDICTIONS, QUEUES };

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
	struct rate_limits budgets; /* for predictions, by hook */
	struct hook_queue queue[QUEUES];
	struct loop_timer timer; /* time of the next due hook */
	/* Called when a hook that clears a stack hook has succeeded; may be NULL. */
	void (*cleared)(struct hooks *h, const char *clears);
};

/* A resource as a poll found it. All members are borrowed. */
struct hook_view {
	const char *resource;
	json_t *metadata; /* NULL: the resource is gone */
	const char *physical_id;
	/* Metadata known before the daemon first polled the resource; NULL: none. */
	json_t *old_metadata;
	const char *old_physical_id;
};

struct hook_event {
	enum trigger trigger; /* TRIGGER_RAISED, _CLEARED, _RESTARTED */
	const char *resource; /* only hooks of this resource; NULL: all */
	const char *about; /* subject; a later event about the same subject replaces a queued one */
	json_t *env;       /* object of strings: additional environment; ownership is taken */
};

/* Sets up *h, which must be all zeros. Returns 0. */
int hooks_open(struct hooks *h, struct loop *l, const struct conf *cf);

/* Applies another configuration; running hooks continue, records are kept. */
void hooks_conf(struct hooks *h, const struct conf *cf);

/*
 * Applies the result of a poll. New hooks get their record here, so it is called before any other
 * use of the answer; hooks_run() then runs the due hooks.
 */
void hooks_view(struct hooks *h, const struct hook_view *v);
void hooks_run(struct hooks *h);

void hooks_event(struct hooks *h, const struct hook_event *e);

bool hooks_busy(const struct hooks *h); /* is one running now? */

json_t *hooks_status(struct hooks *h); /* array; the caller owns it */

/* Running hooks continue; the next start waits for them and then runs them again. */
void hooks_close(struct hooks *h);

#endif
