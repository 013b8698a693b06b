/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata_cache.h - metadata on disk: prehup's record of each resource, and the files of
 * heat-cfntools.
 *
 * cfn-init, cfn-get-metadata and os-apply-config read /var/cache/heat-cfntools/last_metadata and
 * last_metadata_RESOURCE, so they are written as cfn-hup writes them (JSON, 0600).
 */
#ifndef HEAT_SOURCE_METADATA_CACHE_H
#define HEAT_SOURCE_METADATA_CACHE_H

#include <jansson.h>
#include <stdbool.h>

struct metadata_cache {
	json_t *metadata; /* the caller owns it; NULL: no metadata is known */
	char physical_id[256];
};

/*
 * Returns the last known metadata of a resource: from its record, else last_metadata_RESOURCE, else
 * (if it is the `only` resource) last_metadata, else cfn-init-data. `ret_from` names the file, for
 * the log.
 */
void metadata_cache_read(
        struct metadata_cache *ret, const char *resource, bool only, const char **ret_from);

/*
 * Writes heat-cfntools' two files, then prehup's record. Returns 0 or the -errno of the first
 * failure.
 */
int metadata_cache_write(const char *resource, const json_t *metadata, const char *physical_id);

/*
 * Returns the last metadata that one of several sources had for a resource, so that a missing
 * answer after a restart is not taken for a change. A new reference; NULL: none.
 */
json_t *metadata_cache_part(const char *resource, const char *source);
void metadata_cache_part_keep(const char *resource, const char *source, const json_t *metadata);

#endif
