/* SPDX-License-Identifier: Apache-2.0 */
/* conf_occ.c - os-collect-config's settings: its file (oslo.config's dialect) and Heat's object. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
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
	char key[64]; /* that an indented line goes on with; "" = none */
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

/* A line that goes on with the value before it. */
static int go_on(struct reader *r, const char *line)
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
			r = go_on(&reader, line); /* be it a comment to the eye */
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

/* A key's text; of a list, its first word. */
static const char *get_occ_value(const json_t *group, const char *key)
{
	const json_t *v = json_object_get(group, key);
	const char *s = json_string_value(json_is_array(v) ? json_array_get(v, 0) : v);

	return s ? s : "";
}

#define COPY(to, from) (void)snprintf(to, sizeof(to), "%s", from)

/*
 * The first key without a value of those that a collector cannot do without; NULL: it has them all.  *ret_some: it has
 * any of them.
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
	COPY(u->auth_url, get_occ_value(g, "auth_url"));
	COPY(u->user_id, get_occ_value(g, "user_id"));
	COPY(u->password, get_occ_value(g, "password"));
	COPY(u->project_id, get_occ_value(g, "project_id"));
	COPY(u->region, get_occ_value(g, "region_name"));
}

static void take_cfn(struct source *s, const json_t *g, const struct conf *cf)
{
	const char *path = get_occ_value(g, "path");

	s->kind = SOURCE_CFN;
	COPY(s->url,
	        *get_occ_value(g, "metadata_url") ? get_occ_value(g, "metadata_url") : cf->url);
	if (*s->url && s->url[strlen(s->url) - 1] != '/' && strlen(s->url) + 1 < sizeof(s->url))
		(void)snprintf(s->url + strlen(s->url), 2, "/");
	COPY(s->stack, get_occ_value(g, "stack_name"));
	COPY(s->access_key, get_occ_value(g, "access_key_id"));
	COPY(s->secret_key, get_occ_value(g, "secret_access_key"));
	(void)snprintf(s->resource, sizeof(s->resource), "%.*s", (int)strcspn(path, "."), path);
}

/* One collector's settings as a source; false: it is not set up. */
static bool parse_occ_source(
        struct source *s, const char *name, const json_t *occ, const struct conf *cf)
{
	const json_t *g = json_object_get(occ, name);
	bool some, whole = !find_missing_occ_key(name, g, &some);

	*s = (struct source){ 0 };
	COPY(s->name, name);
	if (strcmp(name, "cfn") == 0) {
		take_cfn(s, g, cf);
		return whole && *s->url && *s->resource;
	}
	if (strcmp(name, "heat") == 0) {
		s->kind = SOURCE_HEAT;
		COPY(s->stack, get_occ_value(g, "stack_id"));
		COPY(s->resource, get_occ_value(g, "resource_name"));
		take_user(&s->user, g);
		return whole && strchr(s->stack, '/');
	}
	if (strcmp(name, "zaqar") == 0) {
		s->kind = SOURCE_ZAQAR;
		COPY(s->queue, get_occ_value(g, "queue_id"));
		take_user(&s->user, g);
		return whole;
	}
	if (strcmp(name, "request") == 0) {
		s->kind = SOURCE_REQUEST;
		COPY(s->url, get_occ_value(g, "metadata_url"));
		return *s->url != '\0';
	}
	if (strcmp(name, "local") == 0) {
		s->kind = SOURCE_LOCAL;
		COPY(s->url, *get_occ_value(g, "path") ? get_occ_value(g, "path")
		                                       : "/var/lib/os-collect-config/local-data");
		return path_exists(s->url);
	}
	if (strcmp(name, "heat_local") == 0) {
		s->kind = SOURCE_HEAT_LOCAL;
		COPY(s->url, *get_occ_value(g, "path") ? get_occ_value(g, "path")
		                                       : "/var/lib/heat-cfntools/cfn-init-data");
		return path_exists(s->url);
	}
	if (strcmp(name, "ec2") == 0) {
		s->kind = SOURCE_EC2;
		(void)snprintf(s->url, sizeof(s->url), "%s/latest/meta-data", cf->metadata_service);
		if (*get_occ_value(g, "metadata_url"))
			COPY(s->url, get_occ_value(g, "metadata_url"));
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
	/* Heat does not name this source, but it is the server's only one until the first poll. */
	if (!born && n < max && parse_occ_source(&ret[n], "heat_local", occ, cf))
		n++;
	if (n < max) /* what lacked something may have had a password */
		explicit_bzero(&ret[n], sizeof(*ret));
	return n;
}

/* A named collector with settings but without a required one is probably a mistake. */
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
			        "%s: os-collect-config: %s: there is no %s; Heat is not asked this "
			        "way",
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
		COPY(cf->command, get_occ_value(occ, "command"));
	if (*get_occ_value(occ, "cachedir"))
		COPY(cf->cachedir, get_occ_value(occ, "cachedir"));
	if (*get_occ_value(occ, "backup_cachedir"))
		COPY(cf->backup_cachedir, get_occ_value(occ, "backup_cachedir"));
	if (*get_occ_value(json_object_get(occ, "cfn"), "ca_certificate") && !*cf->ca_file)
		COPY(cf->ca_file, get_occ_value(json_object_get(occ, "cfn"), "ca_certificate"));
	if (*get_occ_value(json_object_get(occ, "zaqar"), "ca_file") && !*cf->ca_file)
		COPY(cf->ca_file, get_occ_value(json_object_get(occ, "zaqar"), "ca_file"));
}
