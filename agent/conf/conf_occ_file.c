/* SPDX-License-Identifier: Apache-2.0 */
/* conf_occ_file.c - parses os-collect-config's file, in oslo.config's dialect. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"

/* Keys that may occur several times and build a list. */
static const char *const lists[] = { "collectors", "path", "deployment_key" };

static bool is_list(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (strcmp(key, lists[i]) == 0)
			return true;
	return false;
}

static int set_occ_text(json_t *group, const char *key, const char *value)
{
	json_t *list = json_object_get(group, key);

	if (!is_list(key))
		return json_object_set_new(group, key, json_string(value));
	if (!list) {
		list = json_array();
		if (json_object_set_new(group, key, list) < 0)
			return -1;
	}
	return json_array_append_new(list, json_string(value));
}

/*
 * Expands a value by oslo.config's rules: $$ is one $, $name and ${name} are other settings of the
 * file. Any other $ stays, because Heat's passwords often contain it.
 */
static char *expand_occ_value(const json_t *all, const json_t *group, const char *text)
{
	char *out = NULL, name[64];
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		return NULL;
	while (*text) {
		const bool braced = text[1] == '{';
		const char *s = text + 1 + braced, *value;
		size_t n = 0;

		while (isalnum((unsigned char)s[n]) || s[n] == '_')
			n++;
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, s);
		value = n ? json_string_value(json_object_get(group, name)) : NULL;
		value = value || !n ? value : json_string_value(json_object_get(all, name));
		if (*text == '$' && text[1] == '$') {
			(void)fputc('$', f);
			text += 2;
		} else if (*text == '$' && value && n < sizeof(name) && (!braced || s[n] == '}')) {
			(void)fputs(value, f);
			text = s + n + braced;
		} else {
			(void)fputc(*text++, f);
		}
	}
	if (fclose(f) == 0)
		return out;
	free(out);
	return NULL;
}

/* Expands all texts of a group in place, after the whole file has been read. */
static void expand_all(json_t *all, json_t *group)
{
	const char *key;
	json_t *v, *item;
	size_t i;

	json_object_foreach (group, key, v) {
		if (json_is_object(v)) {
			expand_all(all, v);
			continue;
		}
		for (i = 0; i < (json_is_array(v) ? json_array_size(v) : 1); i++) {
			auto_free char *text = NULL;

			item = json_is_array(v) ? json_array_get(v, i) : v;
			if (!json_is_string(item) || !strchr(json_string_value(item), '$'))
				continue;
			text = expand_occ_value(all, group, json_string_value(item));
			if (text)
				(void)json_string_set(item, text);
		}
	}
}

static void add_occ_values(json_t *group, const struct ini_section *s, struct conf_report *rep)
{
	for (unsigned i = 0; i < s->count; i++)
		if (set_occ_text(group, s->value[i].key, s->value[i].text) < 0)
			conf_report_add(rep, true, "%s: out of memory", s->value[i].where);
}

json_t *conf_occ_read(struct conf_report *rep)
{
	struct ini ini = { .dialect = INI_OSLO };
	json_t *all = conf_read_ini(&ini, PATH_OCC_SETTINGS, rep) == 0 ? json_object() : NULL;

	add_occ_values(all, &ini.defaults, rep);
	for (unsigned i = 0; i < ini.count; i++) {
		const struct ini_section *s = &ini.section[i];
		json_t *group = json_object_get(all, s->name) ? NULL : json_object();

		if (group)
			add_occ_values(group, s, rep);
		if (json_object_set_new(all, s->name, group) < 0)
			conf_report_add(
			        rep, true, "%s: [%s] is the name of a key, too", s->where, s->name);
	}
	ini_free(&ini);
	expand_all(all, all);
	return all;
}
