/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_record.h - the record of a hook on disk: the value for which it last succeeded, the number
 * of failures since, and the process that runs it.
 *
 * The record makes a hook run at least once for each change, through kill -9 and reboot, and never
 * again once it has succeeded.
 */
#ifndef AGENT_HOOK_HOOK_RECORD_H
#define AGENT_HOOK_HOOK_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/digest.h"
#include "agent/conf/conf.h"
#include "agent/process/process_id.h"

struct hook_record {
	bool known;              /* the record is on disk */
	bool virgin;             /* has never succeeded, and nothing is known of before */
	json_t *done;            /* value at its last success; NULL: the thing did not exist */
	char trying[DIGEST_HEX]; /* of the value that it fails for; "" = it does not fail */
	unsigned attempts;       /* failures for that value */
	bool given_up;
	uint64_t due_ms; /* next try, loop's clock, in this boot; 0 = now */
	int last_status; /* exit status, 128 + signal, -1: never ran */
	struct process_id process;
};

/* The record of (name, path): 0, -ENOENT, -EBADMSG (corrupt, kept aside) or -errno; *ret is then a
 * virgin one. */
int hook_record_load(struct hook_record *ret, const struct hook *hook);
int hook_record_save(const struct hook_record *rec, const struct hook *hook);
void hook_record_clear(struct hook_record *rec);

/* Digest of a value, whatever the order of its keys; NULL has one too. */
void hook_value_digest(char ret[static DIGEST_HEX], const json_t *value);

/*
 * Returns the value at the hook's path in a resource, borrowed from the metadata; NULL: does not
 * exist.
 */
json_t *hook_value(const struct hook *hook, json_t *metadata);

#endif
