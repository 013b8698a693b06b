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

static int own_file(char ret[static PATH_MAX], const char *resource)
{
	char hex[DIGEST_HEX];
	int r = digest_sha256_hex(hex, resource, strlen(resource));

	if (r == 0)
		(void)snprintf(ret, PATH_MAX, "%s/%.32s.json", own_folder, hex);
	return r;
}

/* Makes a file name of a resource's name; a name that could lead to another folder gets none. */
static bool last_file_of(char ret[static PATH_MAX], const char *resource)
{
	return !strchr(resource, '/') &&
	       snprintf(ret, PATH_MAX, "%s_%s", last, resource) < PATH_MAX;
}

/* Others' files are read leniently and left as they are. */
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
	json_auto_t *own = NULL;

	*ret = (struct metadata_cache){ 0 };
	*ret_from = own_folder;
	if (own_file(path, resource) == 0 && jsonfile_read(path, &own) == 0) {
		const char *id = json_string_value(json_object_get(own, "physical_id"));
		json_t *m = json_object_get(own, "metadata");

		STR_COPY(ret->physical_id, id ? id : "");
		ret->metadata = json_is_object(m) ? json_incref(m) : NULL;
	}
	if (!ret->metadata && last_file_of(path, resource)) {
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
	/* As Python's json.dumps() has it: ASCII, a blank behind comma and colon. */
	auto_free char *text = json_dumps(metadata, JSON_ENSURE_ASCII);
	json_auto_t *own = json_pack("{ss sO ss}", "resource", resource, "metadata",
	        (json_t *)(uintptr_t)metadata, "physical_id", physical_id);
	int r = text && own ? path_mkdir(cfn_folder) : -ENOMEM;

	if (r == 0)
		r = path_write(last, text, strlen(text));
	if (r == 0 && last_file_of(path, resource))
		r = path_write(path, text, strlen(text));
	if (r == 0)
		r = path_mkdir(own_folder);
	if (r == 0)
		r = own_file(path, resource);
	return r == 0 ? jsonfile_write(path, own) : r;
}

static int part_file(char ret[static PATH_MAX], const char *resource, const char *source)
{
	auto_free char *name = NULL;

	if (asprintf(&name, "%s\n%s", resource, source) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	return own_file(ret, name);
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
		(void)jsonfile_write(path, metadata); /* else the source's next answer will do */
}
