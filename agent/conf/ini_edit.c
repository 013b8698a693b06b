/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/ini_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *find_edit_line(const char *file, unsigned line)
{
	char *where = NULL;

	return asprintf(&where, "%s:%u", file, line) < 0 ? NULL : where;
}

struct ini_section *ini_edit_section(
        struct ini *ini, const char *name, const char *file, unsigned line)
{
	struct ini_section *s, *grown;

	if (strcmp(name, "DEFAULT") == 0)
		return &ini->defaults;
	for (unsigned i = 0; i < ini->count; i++)
		if (strcmp(ini->section[i].name, name) == 0)
			return &ini->section[i];
	grown = reallocarray(ini->section, ini->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	ini->section = grown;
	s = &grown[ini->count];
	*s = (struct ini_section){ .name = strdup(name), .where = find_edit_line(file, line) };
	ini->count++;
	return s->name && s->where ? s : NULL;
}

struct ini_value *ini_edit_value(
        struct ini_section *s, const char *key, const char *file, unsigned line, bool *ret_twice)
{
	struct ini_value *v = NULL, *grown;
	size_t n = strlen(file);

	*ret_twice = false;
	for (unsigned i = 0; !v && i < s->count; i++)
		if (strcmp(s->value[i].key, key) == 0)
			v = &s->value[i];
	if (v) {
		*ret_twice = strncmp(v->where, file, n) == 0 && v->where[n] == ':' &&
		             !strchr(v->where + n + 1, ':');
		free(v->text);
		free(v->where);
		v->text = NULL;
		v->where = find_edit_line(file, line);
		return v->where ? v : NULL;
	}
	grown = reallocarray(s->value, s->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	s->value = grown;
	v = &grown[s->count];
	*v = (struct ini_value){ .key = strdup(key), .where = find_edit_line(file, line) };
	s->count++;
	return v->key && v->where ? v : NULL;
}

int ini_edit_append(struct ini_value *v, const char *text, unsigned newlines)
{
	size_t was = v->text ? strlen(v->text) : 0, n = strlen(text);
	char *grown = realloc(v->text, was + newlines + n + 1);

	if (!grown)
		return -ENOMEM;
	memset(grown + was, '\n', newlines);
	memcpy(grown + was + newlines, text, n + 1);
	v->text = grown;
	return 0;
}

static void section_free(struct ini_section *s)
{
	for (unsigned i = 0; s->value && i < s->count; i++) {
		free(s->value[i].key);
		if (s->value[i].text)
			explicit_bzero(s->value[i].text, strlen(s->value[i].text));
		free(s->value[i].text);
		free(s->value[i].where);
	}
	free(s->value);
	free(s->name);
	free(s->where);
	*s = (struct ini_section){ 0 };
}

void ini_free(struct ini *ini)
{
	section_free(&ini->defaults);
	for (unsigned i = 0; ini->section && i < ini->count; i++)
		section_free(&ini->section[i]);
	free(ini->section);
	*ini = (struct ini){ 0 };
}

static int copy_string(char **ret, const char *s)
{
	*ret = s ? strdup(s) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

static int section_copy(struct ini_section *ret, const struct ini_section *from)
{
	int r = copy_string(&ret->name, from->name);

	if (r == 0)
		r = copy_string(&ret->where, from->where);
	if (r == 0 && from->count) {
		ret->value = calloc(from->count, sizeof(*ret->value));
		r = ret->value ? 0 : -ENOMEM;
	}
	for (unsigned i = 0; r == 0 && i < from->count; i++) {
		ret->count++;
		r = copy_string(&ret->value[i].key, from->value[i].key);
		if (r == 0)
			r = copy_string(&ret->value[i].text, from->value[i].text);
		if (r == 0)
			r = copy_string(&ret->value[i].where, from->value[i].where);
	}
	return r;
}

int ini_edit_copy(struct ini *ret, const struct ini *from)
{
	int r;

	*ret = (struct ini){ 0 };
	r = section_copy(&ret->defaults, &from->defaults);
	if (r == 0 && from->count) {
		ret->section = calloc(from->count, sizeof(*ret->section));
		r = ret->section ? 0 : -ENOMEM;
	}
	for (unsigned i = 0; r == 0 && i < from->count; i++) {
		ret->count++;
		r = section_copy(&ret->section[i], &from->section[i]);
	}
	if (r < 0)
		ini_free(ret);
	return r;
}
