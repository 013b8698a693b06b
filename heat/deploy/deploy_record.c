/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deploy_record.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/store/jsonfile.h"
#include "heat/deploy/deploy_run.h"

static const char heat_config_folder[] = "/var/lib/heat-config/deployed";

static int is_record(const struct dirent *d)
{
	const size_t n = strlen(d->d_name);

	return n > 5 && n < DEPLOY_KEY + 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static int save_deploy_file(const char *key, const char *kind, const json_t *value);

/*
 * Replaces a corrupt record. The deployment was started, and so says 55-heat-config's mark: without
 * a record it would count as done by heat-config, and Heat would wait in vain.
 */
static json_t *replace_corrupt_record(const char *key)
{
	char path[PATH_MAX];
	json_t *rec;

	(void)snprintf(path, sizeof(path), "%s/%s.notify.json", heat_config_folder, key);
	rec = json_pack("{ss sn}", "state", path_exists(path) ? "done" : "lost", "status");
	if (rec)
		(void)save_deploy_file(
		        key, "json", rec); /* if this fails, the next start creates it again */
	return rec;
}

/* Loads a record with a valid state; an invalid one is kept aside. */
static int load_deploy_file(const char *path, json_t **ret)
{
	const char *state;
	int r = jsonfile_read(path, ret);

	if (r < 0)
		return r;
	state = deploy_text(*ret, "state");
	if (strcmp(state, "done") == 0 || strcmp(state, "running") == 0 ||
	        strcmp(state, "lost") == 0)
		return 0;
	jsonfile_keep_aside(path, "is not a deployment record");
	json_decref(*ret);
	*ret = NULL;
	return -EBADMSG;
}

json_t *deploy_records_load(void)
{
	struct dirent **names = NULL;
	char full[PATH_MAX], path[PATH_MAX], key[DEPLOY_KEY];
	json_t *all = json_object();
	int n, r;

	n = path_full(full, deploy_folder) < 0 ? -1 : scandir(full, &names, is_record, alphasort);
	for (int i = 0; i < n; i++) {
		json_t *rec = NULL;

		(void)snprintf(key, sizeof(key), "%.*s", (int)strlen(names[i]->d_name) - 5,
		        names[i]->d_name);
		(void)snprintf(path, sizeof(path), "%s/%s", deploy_folder, names[i]->d_name);
		r = load_deploy_file(path, &rec);
		if (r < 0 && r != -EBADMSG)
			log_warn("%s: %s", path, strerror(-r));
		if (r == -EBADMSG)
			rec = replace_corrupt_record(key);
		if (rec)
			(void)json_object_set_new(all, key, rec);
		free(names[i]);
	}
	free(names);
	return all;
}

static void deploy_file_name(char path[static PATH_MAX], const char *key, const char *kind)
{
	(void)snprintf(path, PATH_MAX, "%s/%s.%s", deploy_folder, key, kind);
}

static int save_deploy_file(const char *key, const char *kind, const json_t *value)
{
	char path[PATH_MAX];
	int r = path_mkdir(deploy_folder);

	deploy_file_name(path, key, kind);
	return r < 0 ? r : jsonfile_write(path, value);
}

int deploy_record_save(const char *key, const json_t *record)
{
	return save_deploy_file(key, "json", record);
}

int deploy_job_save(const char *key, const json_t *job)
{
	return save_deploy_file(key, "job", job);
}

int deploy_result_load(const char *key, json_t **ret)
{
	char path[PATH_MAX];

	deploy_file_name(path, key, "result");
	return jsonfile_read(path, ret);
}

void deploy_job_remove(const char *key)
{
	char path[PATH_MAX];

	deploy_file_name(path, key, "job");
	(void)path_remove(path);
	deploy_file_name(path, key, "result");
	(void)path_remove(path);
}

void deploy_record_remove(const char *key)
{
	char path[PATH_MAX];

	deploy_file_name(path, key, "json");
	(void)path_remove(path);
	deploy_job_remove(key);
}

bool deploy_ran_in_heat_agents(const char *key)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s.json", heat_config_folder, key);
	return path_exists(path);
}

static void write_heat_config_file(const char *key, const char *kind, const json_t *value)
{
	char path[PATH_MAX];
	auto_free char *text = value ? json_dumps(value, JSON_INDENT(2)) : NULL;

	(void)snprintf(path, sizeof(path), "%s/%s.%s", heat_config_folder, key, kind);
	if (text)
		/* prehup's own record is the authoritative one */
		(void)path_write(path, text, strlen(text));
}

void deploy_write_heat_config_files(const char *key, const json_t *item, const json_t *signal)
{
	if (path_mkdir(heat_config_folder) < 0)
		return;
	if (item)
		write_heat_config_file(key, "json", item);
	if (signal)
		write_heat_config_file(key, "notify.json", signal);
}

void deploy_records_prune(json_t *records, unsigned most)
{
	char path[PATH_MAX];

	while (json_object_size(records) > most) {
		const char *key, *oldest = NULL;
		json_int_t at = 0;
		json_t *rec;

		json_object_foreach (records, key, rec) {
			json_int_t seen = json_integer_value(json_object_get(rec, "at"));

			if (strcmp(deploy_text(rec, "state"), "done") == 0 &&
			        (!oldest || seen < at)) {
				oldest = key;
				at = seen;
			}
		}
		if (!oldest)
			return;
		deploy_file_name(path, oldest, "json");
		(void)path_remove(path);
		(void)json_object_del(records, oldest);
	}
}
