/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/metadata_cache.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/digest.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"

static const char own_folder[] = PATH_STATE "/resources";
static const char cfn_folder[] = "/var/cache/heat-cfntools";
static const char last[] = "/var/cache/heat-cfntools/last_metadata";

static int resource_file(char ret[static PATH_MAX], const char *resource)
{
	char hex[DIGEST_HEX];
	int r = digest_sha256_hex(hex, resource, strlen(resource));

	if (r == 0)
		(void)snprintf(ret, PATH_MAX, "%s/%.32s.json", own_folder, hex);
	return r;
}

/* Makes a file name of a resource's name. Returns false for a name with a '/'. */
static bool cfn_resource_file(char ret[static PATH_MAX], const char *resource)
{
	return !strchr(resource, '/') &&
	       snprintf(ret, PATH_MAX, "%s_%s", last, resource) < PATH_MAX;
}

/* Reads a file of another program; an invalid one is ignored and left in place. */
static json_t *read_foreign_cache(const char *path)
{
	auto_free char *text = NULL;
	size_t len;
	json_t *j;

	if (path_read(path, JSONFILE_MAX, &text, &len) < 0)
		return NULL;
	j = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	if (json_is_object(j))
		return j;
	json_decref(j);
	return NULL;
}

void metadata_cache_read(
        struct metadata_cache *ret, const char *resource, bool only, const char **ret_from)
{
	char path[PATH_MAX];
	json_auto_t *record = NULL;

	*ret = (struct metadata_cache){ 0 };
	*ret_from = own_folder;
	if (resource_file(path, resource) == 0 && jsonfile_read(path, &record) == 0) {
		const char *id = json_string_value(json_object_get(record, "physical_id"));
		json_t *m = json_object_get(record, "metadata");

		STR_COPY(ret->physical_id, id ? id : "");
		ret->metadata = json_is_object(m) ? json_incref(m) : NULL;
	}
	if (!ret->metadata && cfn_resource_file(path, resource)) {
		*ret_from = "last_metadata_RESOURCE";
		ret->metadata = read_foreign_cache(path);
	}
	if (!ret->metadata && only) {
		*ret_from = last;
		ret->metadata = read_foreign_cache(last);
	}
	if (!ret->metadata) {
		*ret_from = PATH_HEAT_INIT_DATA;
		ret->metadata = read_foreign_cache(PATH_HEAT_INIT_DATA);
	}
}

int metadata_cache_write(const char *resource, const json_t *metadata, const char *physical_id)
{
	char path[PATH_MAX];
	/* Formatted like Python's json.dumps(): ASCII, a blank after comma and colon. */
	auto_free char *text = json_dumps(metadata, JSON_ENSURE_ASCII);
	json_auto_t *record = json_pack("{ss sO ss}", "resource", resource, "metadata",
	        (json_t *)(uintptr_t)metadata, "physical_id", physical_id);
	int r = text && record ? path_mkdir(cfn_folder) : -ENOMEM;

	if (r == 0)
		r = path_write(last, text, strlen(text));
	if (r == 0 && cfn_resource_file(path, resource))
		r = path_write(path, text, strlen(text));
	if (r == 0)
		r = path_mkdir(own_folder);
	if (r == 0)
		r = resource_file(path, resource);
	return r == 0 ? jsonfile_write(path, record) : r;
}

static int part_file(char ret[static PATH_MAX], const char *resource, const char *source)
{
	auto_free char *name = NULL;

	if (asprintf(&name, "%s\n%s", resource, source) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	return resource_file(ret, name);
}

json_t *metadata_cache_part(const char *resource, const char *source)
{
	char path[PATH_MAX];
	json_t *doc = NULL;

	if (part_file(path, resource, source) < 0 || jsonfile_read(path, &doc) < 0)
		return NULL;
	return doc;
}

void metadata_cache_part_keep(const char *resource, const char *source, const json_t *metadata)
{
	char path[PATH_MAX];
	json_auto_t *was = metadata_cache_part(resource, source);

	if (was && json_equal(was, (json_t *)(uintptr_t)metadata))
		return;
	if (path_mkdir(own_folder) == 0 && part_file(path, resource, source) == 0)
		/* if it fails, the next answer is written again */
		(void)jsonfile_write(path, metadata);
}
