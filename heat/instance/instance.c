/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/instance.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"
#include "agent/store/remove_tree.h"
#include "heat/api/cfn.h"
#include "heat/instance/configdrive.h"
#include "heat/instance/userdata.h"

static const char state[] = PATH_STATE, aside[] = PATH_STATE "/other";
static const char record[] = PATH_STATE "/instance-id";
static const char unpacked[] = PATH_INSTANCE_FILE; /* exists if bootstrap unpacked the user-data */
static const char tools[] = PATH_HEAT, cache[] = "/var/cache/heat-cfntools";

enum { ID_MAX = 128 };

/* Cuts id to its first word in lower case; "" for the placeholders of firmware and cloud-init. */
static void normalize_id(char *id)
{
	static const char *const placeholders[] = { "00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009",
		"not", /* "Not Settable", "Not Specified" */
		"iid-datasource-none" };

	id[strcspn(id, " \t\r\n")] = '\0';
	for (char *s = id; *s; s++)
		*s = (char)tolower((unsigned char)*s);
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (strcmp(id, placeholders[i]) == 0)
			*id = '\0';
}

/* Reads an id from the first line of a file, "" if there is none.  Files of /sys and /proc report no size. */
static void read_id_file(char ret[static ID_MAX], const char *path)
{
	char full[PATH_MAX];
	auto_file FILE *f = path_full(full, path) == 0 ? fopen(full, "re") : NULL;

	if (!f || !fgets(ret, ID_MAX, f))
		ret[0] = '\0';
	normalize_id(ret);
}

static void read_drive_id(char ret[static ID_MAX])
{
	auto_free char *text = NULL;
	json_auto_t *root = NULL;
	struct configdrive d;
	size_t len = 0;
	const char *uuid;

	ret[0] = '\0';
	if (configdrive_open(&d) < 0)
		return;
	if (configdrive_read(&d, "openstack/latest/meta_data.json", USERDATA_MAX, &text, &len) ==
	                0 &&
	        cfn_shallow(text, len))
		root = json_loadb(text, len, 0, NULL);
	configdrive_close(&d);
	uuid = json_string_value(json_object_get(root, "uuid"));
	if (uuid)
		(void)snprintf(ret, ID_MAX, "%s", uuid);
	normalize_id(ret);
}

/* Sources of the instance's id, the most reliable first.  The id in firmware changes only with the server. */
static const struct id_source {
	const char *name, *path;
} id_sources[] = {
	{ "dmi", "/sys/class/dmi/id/product_uuid" },
	{ "device-tree", "/proc/device-tree/vm,uuid" },
	{ "cloud-init", PATH_CLOUD "/data/instance-id" },
	{ "config-drive", NULL },
};

enum { ID_SOURCES = ARRAY_SIZE(id_sources) };

static json_t *collect_instance_ids(void)
{
	json_t *o = json_object();
	char id[ID_MAX];

	for (int i = 0; o && i < ID_SOURCES; i++) {
		if (id_sources[i].path)
			read_id_file(id, id_sources[i].path);
		else if (json_object_size(o) == 0) /* last, because the drive must be mounted */
			read_drive_id(id);
		else
			continue;
		if (*id)
			(void)json_object_set_new(o, id_sources[i].name, json_string(id));
	}
	return o;
}

/* Compares the ids of the most reliable source in both.  Returns the former id if it differs, else NULL. */
static const char *find_changed_id(const json_t *was, const json_t *is, const char **ret_is)
{
	for (int i = 0; i < ID_SOURCES; i++) {
		const char *a = json_string_value(json_object_get(was, id_sources[i].name));
		const char *b = json_string_value(json_object_get(is, id_sources[i].name));

		*ret_is = b;
		if (a && b)
			return strcmp(a, b) == 0 ? NULL : a;
	}
	return NULL;
}

/* Moves the entries of folder `from` into `to`, but not `except`.  A missing folder is not an error. */
static int move_folder_entries(const char *from, const char *to, const char *except)
{
	char a[PATH_MAX], b[PATH_MAX], dir[PATH_MAX];
	struct dirent *e;
	int r = path_full(dir, from);
	DIR *d = r < 0 ? NULL : opendir(dir);

	if (!d)
		return r < 0 ? r : errno == ENOENT ? 0 : -errno;
	r = path_mkdir(to);
	while (r == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		        strcmp(e->d_name, except) == 0)
			continue;
		if (snprintf(a, sizeof(a), "%s/%s", dir, e->d_name) >= (int)sizeof(a) ||
		        snprintf(b, sizeof(b), "%s%s/%s", path_root(), to, e->d_name) >=
		                (int)sizeof(b))
			r = -ENAMETOOLONG;
		else if (rename(a, b) < 0)
			r = -errno;
	}
	closedir(d);
	return r;
}

/* Keeps the state of one other instance only: a chain of snapshots must not fill the disk. */
static int set_state_aside(void)
{
	bool own = path_exists(unpacked);
	int r = remove_tree(aside, false);

	if (r == 0 && own) /* else cloud-init has already written this instance's files */
		r = move_folder_entries(tools, PATH_STATE "/other/heat-cfntools", "");
	if (r == 0)
		r = remove_tree(cache, false);
	return r < 0 ? r : move_folder_entries(state, aside, "other");
}

void instance_check(void)
{
	json_auto_t *is = collect_instance_ids(), *was = NULL;
	const char *id_was, *id_is;
	int r;

	if (json_object_size(is) == 0)
		return;
	if (jsonfile_read(record, &was) == 0) {
		id_was = find_changed_id(was, is, &id_is);
		if (id_was) {
			r = set_state_aside();
			if (r < 0) {
				log_err("this is instance %s, and the state of %s cannot be set "
				        "aside: %s",
				        id_is, id_was, strerror(-r));
				return;
			}
			log_notice("this is instance %s: the state of %s is set aside in %s", id_is,
			        id_was, aside);
		} else if (json_equal(was, is)) {
			return;
		}
	}
	r = path_mkdir(state);
	if (r == 0)
		r = jsonfile_write(record, is);
	if (r < 0)
		log_debug("cannot record which instance this is: %s", strerror(-r));
}
