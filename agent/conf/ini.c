/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "agent/conf/conf_report.h"

/* State of the parser for one file. */
struct reader {
	struct ini *ini;
	const char *file;
	unsigned line;
	struct ini_section *section; /* NULL before the first header */
	struct ini_value *value;     /* value that continuation lines extend; NULL: none */
	unsigned indent;             /* of the line that began the value */
	unsigned blanks;             /* empty lines since then; part of the value if it continues */
	struct conf_report *rep;
};

static int fail_ini_parse(const struct reader *r, const char *what, const char *quote)
{
	conf_report_add(r->rep, true, "%s:%u: %s%s%.80s%s", r->file, r->line, what,
	        quote ? ": \"" : "", quote ? quote : "", quote ? "\"" : "");
	return -EINVAL;
}

static char *format_ini_place(const struct reader *r)
{
	char *where = NULL;

	return asprintf(&where, "%s:%u", r->file, r->line) < 0 ? NULL : where;
}

/* Adds a zeroed section.  Returns NULL if memory is short. */
static struct ini_section *add_ini_section(struct ini *ini)
{
	struct ini_section *grown = reallocarray(ini->section, ini->count + 1U, sizeof(*grown));

	if (!grown)
		return NULL;
	ini->section = grown;
	grown[ini->count] = (struct ini_section){ 0 };
	return &grown[ini->count++];
}

static struct ini_value *add_ini_value(struct ini_section *s)
{
	struct ini_value *grown = reallocarray(s->value, s->count + 1U, sizeof(*grown));

	if (!grown)
		return NULL;
	s->value = grown;
	grown[s->count] = (struct ini_value){ 0 };
	return &grown[s->count++];
}

/* Appends text to a value after so many line ends. */
static int append_value_text(struct ini_value *v, const char *text, unsigned newlines)
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

static char *trim_ini_text(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* Removes a pair of quotes around a value. */
static char *unquote_ini_text(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != s[n - 1] || (s[0] != '"' && s[0] != '\''))
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

static bool is_utf8_text(const char *s)
{
	uint32_t point;
	size_t n;

	while (*s && (n = utf8_char(s, &point)) > 0)
		s += n;
	return *s == '\0';
}

/* Parses "[name]", which begins a section or, in oslo.config's dialect, continues one. */
static int read_header(struct reader *r, char *s)
{
	const bool oslo = r->ini->dialect == INI_OSLO;
	char *end = oslo ? strchr(s, ']') : strrchr(s, ']');

	if (!end || end == s + 1)
		return fail_ini_parse(r, "not a section header", s);
	*end = '\0';
	if (strcmp(s + 1, "DEFAULT") == 0) {
		r->section = &r->ini->defaults;
		return 0;
	}
	r->section = ini_find(r->ini, s + 1);
	if (r->section)
		return oslo ? 0 : fail_ini_parse(r, "duplicate section in this file", s + 1);
	r->section = add_ini_section(r->ini);
	if (!r->section)
		return -ENOMEM;
	r->section->name = strdup(s + 1);
	r->section->where = format_ini_place(r);
	return r->section->name && r->section->where ? 0 : -ENOMEM;
}

static int read_option(struct reader *r, char *s, unsigned indent)
{
	const bool oslo = r->ini->dialect == INI_OSLO;
	size_t n = strcspn(s, "=:");
	char *text = s + n + (s[n] != '\0');

	if (!r->section)
		return fail_ini_parse(r, "line before the first [section]", s);
	if (s[n] == '\0')
		return fail_ini_parse(r, "neither a section, \"key = value\" nor a comment", s);
	s[n] = '\0';
	s = trim_ini_text(s);
	if (!*s)
		return fail_ini_parse(r, "no key before the =", NULL);
	for (char *c = s; *c && !oslo; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!oslo && ini_find_value(r->section, s))
		return fail_ini_parse(r, "duplicate key in this section", s);
	r->value = add_ini_value(r->section);
	if (!r->value)
		return -ENOMEM;
	r->value->key = strdup(s);
	r->value->where = format_ini_place(r);
	if (!r->value->key || !r->value->where)
		return -ENOMEM;
	r->indent = oslo ? 0 : indent;
	text = trim_ini_text(text);
	return append_value_text(r->value, oslo ? unquote_ini_text(text) : text, 0);
}

static int read_ini_line(struct reader *r, char *line)
{
	const bool oslo = r->ini->dialect == INI_OSLO;
	char *s = trim_ini_text(line);
	unsigned indent = (unsigned)(s - line), blanks = r->blanks;
	bool continues = r->value && indent > r->indent;

	if (!*s) {
		r->blanks += r->value != NULL;
		if (oslo)
			r->value = NULL;
		return 0;
	}
	if ((*s == '#' || *s == ';') && !(oslo && continues))
		return 0; /* also within a value */
	r->blanks = 0;
	if (!continues)
		r->value = NULL;
	if (oslo && !is_utf8_text(s))
		return fail_ini_parse(r, "this is not UTF-8", NULL);
	if (continues)
		return append_value_text(r->value, s, blanks + 1);
	return *s == '[' ? read_header(r, s) : read_option(r, s, indent);
}

static int read_text(struct reader *r, char *text, size_t len)
{
	char *next = text;
	int e = 0;

	if (memchr(text, '\0', len)) {
		for (r->line = 1; *next; next++)
			r->line += *next == '\n';
		return fail_ini_parse(r, "NUL byte in this line", NULL);
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		next += 3; /* a byte order mark, which some editors write */
	while (next && e == 0) {
		char *line = strsep(&next, "\n");

		r->line++;
		e = read_ini_line(r, line);
		if (e == -EINVAL && r->ini->dialect == INI_OSLO)
			e = 0;
	}
	return e;
}

/* Moves the values of `from` to `to`, each in place of an earlier file's. */
static int merge_ini_section(struct ini_section *to, struct ini_section *from)
{
	if (!to->count) { /* also keeps what oslo.config repeats */
		to->value = from->value;
		to->count = from->count;
		from->value = NULL;
		from->count = 0;
	}
	for (unsigned i = 0; i < from->count; i++) {
		struct ini_value *v = ini_find_value(to, from->value[i].key), old;

		if (!v)
			v = add_ini_value(to);
		if (!v)
			return -ENOMEM;
		old = *v;
		*v = from->value[i];
		from->value[i] = old; /* is freed with `from` */
	}
	return 0;
}

static int merge_ini(struct ini *to, struct ini *from)
{
	int e = merge_ini_section(&to->defaults, &from->defaults);

	for (unsigned i = 0; e == 0 && i < from->count; i++) {
		struct ini_section *s = ini_find(to, from->section[i].name);

		if (s) {
			e = merge_ini_section(s, &from->section[i]);
			continue;
		}
		s = add_ini_section(to);
		if (!s)
			return -ENOMEM;
		*s = from->section[i];
		from->section[i] = (struct ini_section){ 0 };
	}
	return e;
}

int ini_parse(
        struct ini *ini, const char *file, const char *text, size_t len, struct conf_report *rep)
{
	struct ini next = { .dialect = ini->dialect };
	struct reader r = { .ini = &next, .file = file, .rep = rep };
	auto_free char *copy = malloc(len + 1);
	int e = -ENOMEM;

	if (ini->dialect == INI_OSLO)
		r.section = &next.defaults;
	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		e = read_text(&r, copy, len);
		explicit_bzero(copy, len);
	}
	if (e == 0)
		e = merge_ini(ini, &next);
	if (e == -ENOMEM)
		conf_report_add(rep, true, "%s: out of memory", file);
	ini_free(&next);
	return e;
}

struct ini_section *ini_find(const struct ini *ini, const char *name)
{
	for (unsigned i = 0; i < ini->count; i++)
		if (strcmp(ini->section[i].name, name) == 0)
			return &ini->section[i];
	return NULL;
}

struct ini_value *ini_find_value(const struct ini_section *s, const char *key)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->value[i].key, key) == 0)
			return &s->value[i];
	return NULL;
}

static void section_free(struct ini_section *s)
{
	for (unsigned i = 0; i < s->count; i++) {
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
	for (unsigned i = 0; i < ini->count; i++)
		section_free(&ini->section[i]);
	free(ini->section);
	*ini = (struct ini){ 0 };
}
