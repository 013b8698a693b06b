/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata.h - the metadata of each resource: merges the answers of its sources, and remembers the
 * result in memory and on disk (metadata_cache.h).
 */
#ifndef HEAT_SOURCE_METADATA_H
#define HEAT_SOURCE_METADATA_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "heat/source/metadata_cache.h"
#include "heat/source/poll.h"

struct metadata_known {
	char resource[CONF_STR];
	struct metadata_cache cached;
	bool unsaved; /* not on disk yet */
};

/* A resource after an answer of one of its sources. */
struct metadata_update {
	char resource[CONF_STR];
	struct metadata_cache now; /* merged; NULL metadata: nothing new, or `gone` */
	struct metadata_cache old; /* as known before; NULL metadata: unknown */
	bool gone;                 /* the resource has been removed from its stack */
	bool changed;              /* `now` has metadata, and is not equal to `old` */
};

struct metadata {
	struct polls polls;
	unsigned count;
	struct metadata_known known[POLL_MAX];
	/*
	 * Takes an answer, and calls metadata_store() when a crash no longer loses the change. Returns
	 * 0, or -errno when it could not be kept on disk: a message is then not deleted.
	 */
	int (*received)(struct metadata *m, const struct metadata_update *u);
};

/* *m is all zeros. */
void metadata_open(struct metadata *m, struct loop *l, struct http *h, struct keystone *k);

/* Remembers the update, on disk too; a failed write is repeated with the next poll. 0 or -errno. */
int metadata_store(struct metadata *m, const struct metadata_update *u);

void metadata_close(struct metadata *m);

#endif
