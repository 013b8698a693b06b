/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_item.h - one item of the metadata's `deployments`, and its form for a hook. Pure. */
#ifndef HEAT_DEPLOY_DEPLOY_ITEM_H
#define HEAT_DEPLOY_DEPLOY_ITEM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	DEPLOY_KEY = 80,
	DEPLOY_BODY_MAX = 950000,   /* of the 1 MiB that Heat accepts */
	DEPLOY_MESSAGE_MAX = 250000 /* of the 256 KiB that a Zaqar queue accepts by default */
};

/* Returns the text at `key`, "" if there is none. */
const char *deploy_text(const json_t *item, const char *key);

/* Returns the value of an input (borrowed); NULL: no such input. */
json_t *deploy_input(const json_t *item, const char *name);

/*
 * Writes a file name for the item: its id if that is a safe name, else a digest of it. -EINVAL: no
 * id.
 */
int deploy_key(char ret[static DEPLOY_KEY], const json_t *item);

/*
 * Returns the item as a hook reads it: for group `component` only the part for this action, and
 * inputs of type String converted to strings as heat-config does. A new reference; NULL, with
 * `why`, if no part of a component has this action.
 */
json_t *deploy_for_hook(const json_t *item, const char **why);

/* Concatenates `a` and `b`; if the result is too long it is cut between two UTF-8 characters. */
void deploy_label(char *ret, size_t size, const char *a, const char *b);

/* Converts a group's name to a file name as heat-config does. */
void deploy_hook_name(char *ret, size_t size, const char *group);

/* Returns an object of all inputs by name. */
json_t *deploy_inputs(const json_t *item);

/*
 * Builds the signal from a result (deploy_run.h) of a script or of a hook program: at most
 * DEPLOY_BODY_MAX bytes of JSON; the end of long output is kept. Returns a new reference; NULL: out
 * of memory.
 */
json_t *deploy_signal(const json_t *result, bool script);

/* Returns a copy of a signal that has at most `most` bytes. NULL: out of memory. */
json_t *deploy_fitted(const json_t *signal, size_t most);

/* Returns a signal that reports why nothing was run. */
json_t *deploy_refusal(int status, const char *why);

#endif
