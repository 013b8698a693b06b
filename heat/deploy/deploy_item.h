/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_item.h - one item of the metadata's `deployments`, and its form for a hook. Pure. */
#ifndef HEAT_DEPLOY_DEPLOY_ITEM_H
#define HEAT_DEPLOY_DEPLOY_ITEM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	DEPLOY_KEY = 80,
	DEPLOY_BODY_MAX = 950000,   /* of the 1 MiB that Heat takes */
	DEPLOY_MESSAGE_MAX = 250000 /* of the 256 KiB that a queue of Zaqar's takes as it comes */
};

/* "" when it has none. */
const char *deploy_text(const json_t *item, const char *key);

/* An input's value (borrowed), NULL = no such input. */
json_t *deploy_input(const json_t *item, const char *name);

/*
 * A name for files: the item's id where that is harmless, else a digest of it.  -EINVAL: the item has
 * no id.
 */
int deploy_key(char ret[static DEPLOY_KEY], const json_t *item);

/*
 * The item as a hook is to read it: of group `component` the part for this action; inputs of type
 * String made strings, as heat-config makes them.  A new reference; NULL with `why` when no part of a
 * component is for this action.
 */
json_t *deploy_for_hook(const json_t *item, const char **why);

/* `a` and `b` together; where that is too long, cut between two characters of UTF-8. */
void deploy_label(char *ret, size_t size, const char *a, const char *b);

/* A group's name as heat-config makes a file's name of it. */
void deploy_hook_name(char *ret, size_t size, const char *group);

/* All inputs by name, as object. */
json_t *deploy_inputs(const json_t *item);

/*
 * Builds the signal from a result (deploy_run.h) of a script or of a hook program: at most
 * DEPLOY_BODY_MAX bytes of JSON; of long output the end is kept. Returns a new reference; NULL: out
 * of memory.
 */
json_t *deploy_signal(const json_t *result, bool script);

/* A copy of a signal of at most so many bytes.  NULL: no memory. */
json_t *deploy_fitted(const json_t *signal, size_t most);

/* A signal that says why nothing ran. */
json_t *deploy_refusal(int status, const char *why);

#endif
