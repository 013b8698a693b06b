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
	bool virgin;             /* never succeeded, and no earlier value is known */
	json_t *done;            /* value at its last success; NULL: it did not exist */
	char trying[DIGEST_HEX]; /* digest of the value for which it fails; "": it does not fail */
	unsigned attempts;       /* failures for that value */
	bool given_up;
	uint64_t due_ms; /* loop's clock in this boot: time of the next attempt; 0: now */
	int last_status; /* exit status, 128 + signal, -1: never ran */
	struct process_id process;
};

/*
 * Loads the record of (name, path). Returns 0, -ENOENT, -EBADMSG (corrupt, renamed) or -errno;
 * after an error *ret is a record without any success.
 */
int hook_record_load(struct hook_record *ret, const struct hook *hook);
int hook_record_save(const struct hook_record *rec, const struct hook *hook);
void hook_record_clear(struct hook_record *rec);

/* Computes the digest of a value, independent of the order of keys; NULL has one, too. */
void hook_value_digest(char ret[static DIGEST_HEX], const json_t *value);

/* Returns the value at the hook's path in a resource, borrowed from the metadata; NULL: none. */
json_t *hook_value(const struct hook *hook, json_t *metadata);

#endif
