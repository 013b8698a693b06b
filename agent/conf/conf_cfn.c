/* SPDX-License-Identifier: Apache-2.0 */
/* conf_cfn.c - cfn-hup.conf, hooks.conf and hooks.d, in the dialects of Heat and AWS. */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "agent/conf/conf_keys.h"

/* Files of editors and package managers that are no hooks. */
static const char *const leftovers[] = { ".*", "*~", "*.swp", "*.bak", "*.rpmsave", "*.rpmnew",
	"*.dpkg-*" };

void cfn_paths(struct cfn_paths *ret, const char *hooks_dir)
{
	char main[CONF_STR];

	*ret = (struct cfn_paths){ PATH_CFN_MAIN, PATH_CFN_HOOKS, PATH_CFN_DIR };
	if (!hooks_dir)
		return;
	(void)snprintf(main, sizeof(main), "%.*s/cfn-hup.conf", CONF_STR - 20, hooks_dir);
	if (!path_exists(main)) {
		STR_COPY(ret->dir, hooks_dir);
		return;
	}
	STR_COPY(ret->main, main);
	(void)snprintf(ret->hooks, sizeof(ret->hooks), "%.*s/hooks.conf", CONF_STR - 20, hooks_dir);
	(void)snprintf(ret->dir, sizeof(ret->dir), "%.*s/hooks.d", CONF_STR - 20, hooks_dir);
}

static bool is_editor_backup(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(leftovers); i++)
		if (fnmatch(leftovers[i], name, 0) == 0)
			return true;
	return false;
}

static int compare_cfn_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

unsigned conf_cfn_read_hooks(
        struct ini *ini, const struct conf *cf, const struct cfn_paths *p, struct conf_report *rep)
{
	struct dirent **names = NULL;
	char full[PATH_MAX], path[PATH_MAX];
	unsigned count = conf_read_ini(ini, p->hooks, rep) == 0;
	int n = path_full(full, p->dir) < 0 ? -1 : scandir(full, &names, NULL, compare_cfn_names);

	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
			;
		} else if (snprintf(path, sizeof(path), "%s/%s", p->dir, name) >=
		           (int)sizeof(path)) {
			conf_report_add(rep, true, "%s: a name in it is too long", p->dir);
		} else if (names[i]->d_type == DT_DIR) {
			conf_report_add(rep, false, "%s: is a folder; not read", path);
		} else if (!cf->hooks_all_files && is_editor_backup(name)) {
			conf_report_add(rep, false,
			        "%s: looks like a backup file; not read (hooks-all-files)", path);
		} else {
			count += conf_read_ini(ini, path, rep) == 0;
		}
		free(names[i]);
	}
	free(names);
	return count;
}

/* Applies one key of [main], which may have another name there than in the table of settings. */
static void apply_cfn_key(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        const char *key, const struct conf_key *k, struct conf_report *rep)
{
	auto_free char *text = NULL;
	const char *where;
	char err[INI_ERR], why[CONF_ERR];
	bool odd;
	int r = ini_get(ini, s, key, !cf->strict_ini, &text, &where, &odd, err);

	if (r == -ENOENT)
		return;
	if (r < 0)
		conf_report_add(rep, true, "%s", err);
	else if (conf_key_set(cf, k, text, why) < 0)
		conf_report_add(rep, true, "%s: [main] %s: %s", where, key, why);
}

/* Applies `interval` in minutes, as AWS documents it; the reference ignores it. */
static void apply_interval(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        struct conf_report *rep)
{
	auto_free char *text = NULL;
	const char *where;
	char err[INI_ERR], *end;
	bool odd;
	long minutes;
	int r = ini_get(ini, s, "interval", true, &text, &where, &odd, err);

	if (r == -ENOENT)
		return;
	if (r < 0) {
		conf_report_add(rep, true, "%s", err);
		return;
	}
	minutes = strtol(text, &end, 10);
	if (end == text || *end || minutes < 1 || minutes > 1440)
		conf_report_add(rep, true,
		        "%s: [main] interval: \"%.60s\" is not a number of minutes", where, text);
	else
		cf->interval_s = (unsigned)minutes * 60;
}

void conf_cfn_apply_main(struct conf *cf, const struct ini *ini, struct conf_report *rep)
{
	/*
	 * Known keys without effect: their value is the default, or they have no meaning in Heat.
	 */
	static const char *const ignored[] = { "region", "umask", "verbose", "role", "sqs_url",
		"multi-threaded", "interval", NULL };
	static const char *const heat[] = { "stack", "credential-file", "url", NULL };
	const struct ini_section *s = ini_find(ini, "main");

	if (!s)
		return;
	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (strcmp(k->section, "compat") == 0)
			apply_cfn_key(cf, ini, s, k->name, k, rep);
	for (const char *const *h = heat; *h; h++)
		apply_cfn_key(cf, ini, s, *h, conf_key_find("heat", *h), rep);
	apply_interval(cf, ini, s, rep);
	for (unsigned i = 0; i < s->count; i++) {
		const char *key = s->value[i].key;

		if (!conf_key_find("compat", key) && conf_name_index(heat, key) < 0 &&
		        conf_name_index(ignored, key) < 0)
			conf_report_add(rep, false, "%s: [main] %s: no such setting; ignored",
			        s->value[i].where, key);
	}
}

static void unknown_keys(const struct ini_section *s, struct conf_report *rep)
{
	for (unsigned i = 0; i < s->count; i++)
		if (conf_name_index(hook_keys, s->value[i].key) < 0)
			conf_report_add(rep, false, "%s: [%s] %s: hooks have no such key; ignored",
			        s->value[i].where, s->name, s->value[i].key);
}

void conf_hook_section(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        const char *name, struct conf_report *rep)
{
	char *text[HOOK_KEYS] = { NULL };
	const char *where, *last = s->where;
	char err[INI_ERR] = "", why[CONF_ERR], odd_why[CONF_ERR];
	bool odd;
	int r = 0;

	for (int i = 0; i < HOOK_KEYS && r == 0; i++) {
		r = ini_get(ini, s, hook_keys[i], !cf->strict_ini, &text[i], &where, &odd, err);
		if (r == 0 && odd)
			conf_report_add(rep, false,
			        "%s: [%s] %s: a %% that is not %%%% is kept unchanged", where, name,
			        hook_keys[i]);
		if (r == -ENOENT)
			r = 0;
	}
	if (r < 0) {
		conf_report_add(rep, true, "%s; hook [%s] is left out", err, name);
	} else if (conf_hook_add(cf, name, last, (const char *const *)text, why, odd_why) < 0) {
		conf_report_add(rep, true, "%s: [%s]: %s; this hook is left out", last, name, why);
	} else {
		unknown_keys(s, rep);
		if (*odd_why)
			conf_report_add(rep, false, "%s: [%s]: %s", last, name, odd_why);
	}
	conf_free_texts(text, HOOK_KEYS);
}

void conf_cfn_apply_hooks(struct conf *cf, const struct ini *ini, struct conf_report *rep)
{
	for (unsigned i = 0; i < ini->count; i++)
		if (strcmp(ini->section[i].name, "main") != 0)
			conf_hook_section(cf, ini, &ini->section[i], ini->section[i].name, rep);
}
