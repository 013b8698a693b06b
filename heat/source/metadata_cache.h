/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metadata_cache.h - metadata kept on disk: our own record of each resource, and heat-cfntools' files.
 *
 * cfn-init, cfn-get-metadata and os-apply-config read /var/cache/heat-cfntools/last_metadata and
 * last_metadata_RESOURCE, so they are written as cfn-hup writes them (JSON, 0600).
 */
#ifndef HEAT_SOURCE_METADATA_CACHE_H
#define HEAT_SOURCE_METADATA_CACHE_H

#include <jansson.h>
#include <stdbool.h>

struct metadata_cache {
	json_t *metadata; /* the caller's reference; NULL: nothing is known */
	char physical_id[256];
};

/*
 * Returns the last known metadata of a resource: from its record, else last_metadata_RESOURCE, else
 * (if it is the `only` resource) last_metadata, else cfn-init-data. `ret_from` names the file, for
 * the log.
 */
void metadata_cache_read(
        struct metadata_cache *ret, const char *resource, bool only, const char **ret_from);

/* Writes heat-cfntools' two files, then our own record.  0 or -errno of the first that failed. */
int metadata_cache_write(const char *resource, const json_t *metadata, const char *physical_id);

/*
 * What one of several sources last said of a resource, so that a restart does not take its silence for
 * a change.  A new reference, NULL: nothing.
 */
json_t *metadata_cache_part(const char *resource, const char *source);
void metadata_cache_part_keep(const char *resource, const char *source, const json_t *metadata);

#endif
