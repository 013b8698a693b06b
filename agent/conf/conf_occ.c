/* SPDX-License-Identifier: Apache-2.0 */
/* conf_occ.c - interprets os-collect-config's settings, from its file and from Heat's metadata. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"

static int add_occ_value(json_t *to, const char *key, json_t *value)
{
	json_t *group = json_object_get(to, key);
	const char *k;
	json_t *v;

	if (json_is_null(value)) {
		(void)json_object_del(to, key);
		return 0;
	}
	if (!json_is_object(value))
		return json_object_set(to, key, value);
	if (!json_is_object(group)) {
		group = json_object();
		if (json_object_set_new(to, key, group) < 0)
			return -1;
	}
	json_object_foreach (value, k, v)
		if (add_occ_value(group, k, v) < 0)
			return -1;
	return 0;
}

json_t *conf_occ_merge(const json_t *base, const json_t *over)
{
	json_t *all = base ? json_deep_copy(base) : json_object(), *v;
	const char *k;

	if (!all || !json_is_object(over))
		return all;
	json_object_foreach ((json_t *)(uintptr_t)over, k, v) {
		if (add_occ_value(all, k, v) < 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

/* Returns the text of a key; for a list its first word. */
static const char *get_occ_value(const json_t *group, const char *key)
{
	const json_t *v = json_object_get(group, key);
	const char *s = json_string_value(json_is_array(v) ? json_array_get(v, 0) : v);

	return s ? s : "";
}

/*
 * Returns the first required key of a collector that has no value; NULL: all are set. *ret_some:
 * any is set.
 */
static const char *find_missing_occ_key(const char *name, const json_t *g, bool *ret_some)
{
	static const struct {
		const char *name, *keys[7];
	} needed[] = { { "cfn", { "stack_name", "access_key_id", "secret_access_key", "path" } },
		{ "heat", { "auth_url", "user_id", "password", "project_id", "stack_id",
		                  "resource_name" } },
		{ "zaqar", { "auth_url", "user_id", "password", "project_id", "queue_id" } } };
	const char *lacks = NULL;

	*ret_some = false;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (strcmp(name, needed[i].name) != 0)
			continue;
		for (const char *const *key = needed[i].keys; *key; key++) {
			if (*get_occ_value(g, *key))
				*ret_some = true;
			else if (!lacks)
				lacks = *key;
		}
	}
	return lacks;
}

static void take_user(struct keystone_user *u, const json_t *g)
{
	STR_COPY(u->auth_url, get_occ_value(g, "auth_url"));
	STR_COPY(u->user_id, get_occ_value(g, "user_id"));
	STR_COPY(u->password, get_occ_value(g, "password"));
	STR_COPY(u->project_id, get_occ_value(g, "project_id"));
	STR_COPY(u->region, get_occ_value(g, "region_name"));
}

static void take_cfn(struct source *s, const json_t *g, const struct conf *cf)
{
	const char *path = get_occ_value(g, "path");

	s->kind = SOURCE_CFN;
	STR_COPY(s->url,
	        *get_occ_value(g, "metadata_url") ? get_occ_value(g, "metadata_url") : cf->url);
	if (*s->url && s->url[strlen(s->url) - 1] != '/' && strlen(s->url) + 1 < sizeof(s->url))
		(void)snprintf(s->url + strlen(s->url), 2, "/");
	STR_COPY(s->stack, get_occ_value(g, "stack_name"));
	STR_COPY(s->access_key, get_occ_value(g, "access_key_id"));
	STR_COPY(s->secret_key, get_occ_value(g, "secret_access_key"));
	(void)snprintf(s->resource, sizeof(s->resource), "%.*s", (int)strcspn(path, "."), path);
}

/* Converts the settings of one collector to a source. Returns false if it is not configured. */
static bool parse_occ_source(
        struct source *s, const char *name, const json_t *occ, const struct conf *cf)
{
	const json_t *g = json_object_get(occ, name);
	bool some, whole = !find_missing_occ_key(name, g, &some);

	*s = (struct source){ 0 };
	STR_COPY(s->name, name);
	if (strcmp(name, "cfn") == 0) {
		take_cfn(s, g, cf);
		return whole && *s->url && *s->resource;
	}
	if (strcmp(name, "heat") == 0) {
		s->kind = SOURCE_HEAT;
		STR_COPY(s->stack, get_occ_value(g, "stack_id"));
		STR_COPY(s->resource, get_occ_value(g, "resource_name"));
		take_user(&s->user, g);
		return whole && strchr(s->stack, '/');
	}
	if (strcmp(name, "zaqar") == 0) {
		s->kind = SOURCE_ZAQAR;
		STR_COPY(s->queue, get_occ_value(g, "queue_id"));
		take_user(&s->user, g);
		return whole;
	}
	if (strcmp(name, "request") == 0) {
		s->kind = SOURCE_REQUEST;
		STR_COPY(s->url, get_occ_value(g, "metadata_url"));
		return *s->url != '\0';
	}
	if (strcmp(name, "local") == 0) {
		s->kind = SOURCE_LOCAL;
		STR_COPY(s->url,
		        *get_occ_value(g, "path") ? get_occ_value(g, "path") : PATH_OCC_LOCAL);
		return path_exists(s->url);
	}
	if (strcmp(name, "heat_local") == 0) {
		s->kind = SOURCE_HEAT_LOCAL;
		STR_COPY(s->url,
		        *get_occ_value(g, "path") ? get_occ_value(g, "path") : PATH_HEAT_INIT_DATA);
		return path_exists(s->url);
	}
	if (strcmp(name, "ec2") == 0) {
		s->kind = SOURCE_EC2;
		(void)snprintf(s->url, sizeof(s->url), "%s/latest/meta-data", cf->metadata_service);
		if (*get_occ_value(g, "metadata_url"))
			STR_COPY(s->url, get_occ_value(g, "metadata_url"));
		return *cf->command != '\0'; /* no other setting uses it */
	}
	return false;
}

unsigned conf_occ_sources(
        const json_t *occ, const struct conf *cf, struct source *ret, unsigned max)
{
	static const char *const all[] = { "heat_local", "ec2", "cfn", "heat", "request", "local",
		"zaqar" };
	const json_t *names = json_object_get(occ, "collectors");
	size_t count = json_is_array(names) ? json_array_size(names) : ARRAY_SIZE(all);
	unsigned n = 0;
	bool born = false;

	if (json_object_size(occ) == 0)
		return 0;
	for (size_t i = 0; i < count && n < max; i++) {
		const char *name =
		        json_is_array(names) ? json_string_value(json_array_get(names, i)) : all[i];

		if (name && parse_occ_source(&ret[n], name, occ, cf)) {
			born |= ret[n].kind == SOURCE_HEAT_LOCAL;
			n++;
		}
	}
	/* Heat does not name this source, but until the first poll it is the server's only one. */
	if (!born && n < max && parse_occ_source(&ret[n], "heat_local", occ, cf))
		n++;
	if (n < max) /* an incomplete source may contain a password */
		explicit_bzero(&ret[n], sizeof(*ret));
	return n;
}

/*
 * Warns about a listed collector that has some, but not all required settings, probably by mistake.
 */
void conf_occ_unconfigured(const json_t *occ, const char *file, struct conf_report *rep)
{
	const json_t *names = json_object_get(occ, "collectors"), *named;
	size_t at;

	json_array_foreach ((json_t *)(uintptr_t)names, at, named) {
		const char *name = json_string_value(named), *lacks;
		bool some = false;

		lacks = name ? find_missing_occ_key(name, json_object_get(occ, name), &some) : NULL;
		if (some && lacks)
			conf_report_add(rep, false,
			        "%s: os-collect-config: %s: no %s; this transport is not "
			        "used",
			        file, name, lacks);
	}
}

static void parse_occ_seconds(unsigned *to, const char *text)
{
	double v = strtod(text, NULL);

	if (v >= 1 && v <= 86400)
		*to = (unsigned)v;
}

void conf_occ_apply(struct conf *cf, const json_t *occ)
{
	const json_t *v = json_object_get(occ, "polling_interval");

	if (json_is_number(v) && json_number_value(v) >= 1 && json_number_value(v) <= 86400)
		cf->interval_s = (unsigned)json_number_value(v);
	parse_occ_seconds(&cf->interval_s, get_occ_value(occ, "polling_interval"));
	if (strcmp(get_occ_value(occ, "splay"), "0") == 0)
		cf->splay_s = 0;
	parse_occ_seconds(&cf->splay_s, get_occ_value(occ, "splay"));
	if (*get_occ_value(occ, "command"))
		STR_COPY(cf->command, get_occ_value(occ, "command"));
	if (*get_occ_value(occ, "cachedir"))
		STR_COPY(cf->cachedir, get_occ_value(occ, "cachedir"));
	if (*get_occ_value(occ, "backup_cachedir"))
		STR_COPY(cf->backup_cachedir, get_occ_value(occ, "backup_cachedir"));
	if (*get_occ_value(json_object_get(occ, "cfn"), "ca_certificate") && !*cf->ca_file)
		STR_COPY(cf->ca_file, get_occ_value(json_object_get(occ, "cfn"), "ca_certificate"));
	if (*get_occ_value(json_object_get(occ, "zaqar"), "ca_file") && !*cf->ca_file)
		STR_COPY(cf->ca_file, get_occ_value(json_object_get(occ, "zaqar"), "ca_file"));
}
