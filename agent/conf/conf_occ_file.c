/* SPDX-License-Identifier: Apache-2.0 */
/* conf_occ_file.c - os-collect-config's file, in oslo.config's dialect. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "agent/conf/conf_source.h"

static const char occ_file[] = "/etc/os-collect-config.conf";

/* Keys that may be given several times: each adds to a list. */
static const char *const lists[] = { "collectors", "path", "deployment_key" };

static bool is_list(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (strcmp(key, lists[i]) == 0)
			return true;
	return false;
}

static char *trim_occ_text(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s + strspn(s, " \t\r\n");
}

/* Surrounding quotes that match, off. */
static char *unquote_occ_value(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != s[n - 1] || (s[0] != '"' && s[0] != '\''))
		return s;
	s[n - 1] = '\0';
	return s + 1;
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

/* Every text of a group, expanded in place once all of them are known. */
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

/* The file on its way into an object. */
struct reader {
	json_t *all, *group;
	char key[64]; /* key that an indented line continues; "" = none */
};

/* The group that "[name]" opens; DEFAULT is the object itself. */
static json_t *open_group(json_t *all, char *line)
{
	char *end = strchr(line, ']');
	json_t *g;

	if (!end)
		return NULL;
	*end = '\0';
	if (strcmp(line + 1, "DEFAULT") == 0)
		return all;
	g = json_object_get(all, line + 1);
	if (g)
		return json_is_object(g) ? g : NULL;
	g = json_object();
	return json_object_set_new(all, line + 1, g) < 0 ? NULL : g;
}

/* Appends a continuation line to the value before it. Returns 0 or -ENOMEM. */
static int append_value_line(struct reader *r, const char *line)
{
	json_t *v = json_object_get(r->group, r->key);
	json_t *last = json_is_array(v) ? json_array_get(v, json_array_size(v) - 1) : v;
	auto_free char *text = NULL;

	if (!last || asprintf(&text, "%s\n%s", json_string_value(last), line) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return json_string_set(last, text);
}

static int take_line(struct reader *r, char *line, const char **ret_wrong)
{
	char *eq = line + strcspn(line, "=:"), *value;
	json_t *g;

	r->key[0] = '\0';
	if (*line == '[') {
		g = open_group(r->all, line);
		r->group = g ? g : r->group;
		*ret_wrong = "is no section";
		return g ? 0 : -EINVAL;
	}
	*ret_wrong = "has neither = nor :";
	if (!*eq)
		return -EINVAL;
	*eq = '\0';
	value = unquote_occ_value(trim_occ_text(eq + 1));
	line = trim_occ_text(line);
	*ret_wrong = "is not UTF-8";
	if (set_occ_text(r->group, line, value) < 0)
		return -EINVAL;
	if (strlen(line) < sizeof(r->key))
		STR_COPY(r->key, line);
	return 0;
}

json_t *conf_occ_read(struct conf_report *rep)
{
	auto_free char *text = NULL;
	struct reader reader = { 0 };
	char *rest, *line;
	unsigned n = 0;
	size_t len;
	int r = path_read(occ_file, 1 << 20, &text, &len);

	if (r < 0) {
		if (r != -ENOENT)
			conf_report_add(rep, true, "%s: %s", occ_file, strerror(-r));
		return NULL;
	}
	reader.all = reader.group = json_object();
	rest = text;
	while (rest && (line = strsep(&rest, "\n")) != NULL) {
		const char *wrong = "is not UTF-8";
		const bool indented = *line == ' ' || *line == '\t';

		n++;
		line = trim_occ_text(line);
		if (!*line) {
			reader.key[0] = '\0'; /* ends a value */
			continue;
		}
		if (indented && *reader.key)
			r = append_value_line(&reader, line); /* also if it begins with # */
		else
			r = *line == '#' || *line == ';' ? 0 : take_line(&reader, line, &wrong);
		if (r < 0)
			conf_report_add(rep, true, "%s:%u: %s", occ_file, n, wrong);
	}
	if (text)
		explicit_bzero(text, len);
	expand_all(reader.all, reader.all);
	return reader.all;
}
