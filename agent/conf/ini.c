/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/conf/ini_edit.h"

/* One file on its way into a struct ini. */
struct reader {
	struct ini *ini;
	const char *file;
	unsigned line;
	struct ini_section *section; /* NULL before the first header */
	struct ini_value *value;     /* takes continuation lines; NULL: none */
	unsigned indent;             /* of the line that began it */
	unsigned blanks;             /* empty lines since then; part of the value if it continues */
	char *reterr;
};

static int fail_ini_parse(struct reader *r, const char *what, const char *quote)
{
	(void)snprintf(r->reterr, INI_ERR, "%s:%u: %s%s%.80s%s", r->file, r->line, what,
	        quote ? ": \"" : "", quote ? quote : "", quote ? "\"" : "");
	return -EINVAL;
}

static void trim_end(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && isspace((unsigned char)s[n - 1]))
		n--;
	s[n] = '\0';
}

static char *trim_ini_text(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	trim_end(s);
	return s;
}

/* Parses "[name]", which begins a new section or continues one of an earlier file. */
static int read_header(struct reader *r, char *s)
{
	char *end = strrchr(s, ']');

	if (!end || end == s + 1)
		return fail_ini_parse(r, "this is no section header", s);
	*end = '\0';
	r->value = NULL;
	r->section = ini_edit_section(r->ini, s + 1, r->file, r->line);
	if (!r->section)
		return -ENOMEM;
	if (r->section->seen_in == r->file && r->section != &r->ini->defaults)
		return fail_ini_parse(r, "this section is there twice in this file", s + 1);
	r->section->seen_in = r->file;
	return 0;
}

static int read_option(struct reader *r, char *s, unsigned indent)
{
	size_t n = strcspn(s, "=:");
	char *text = s + n + (s[n] != '\0');
	bool twice;

	if (!r->section)
		return fail_ini_parse(r, "this stands before the first [section]", s);
	if (s[n] == '\0')
		return fail_ini_parse(
		        r, "this is neither a section, \"key = value\" nor a comment", s);
	s[n] = '\0';
	s = trim_ini_text(s);
	if (!*s)
		return fail_ini_parse(r, "there is no key in front of the =", NULL);
	for (char *c = s; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	r->value = ini_edit_value(r->section, s, r->file, r->line, &twice);
	if (!r->value)
		return -ENOMEM;
	if (twice)
		return fail_ini_parse(r, "this key is there twice in this section", s);
	r->indent = indent;
	r->blanks = 0;
	return ini_edit_append(r->value, trim_ini_text(text), 0);
}

static unsigned indent_of(const char *s)
{
	unsigned n = 0;

	while (isspace((unsigned char)s[n]))
		n++;
	return n;
}

static int read_ini_line(struct reader *r, char *line)
{
	unsigned indent = indent_of(line);
	char *s = trim_ini_text(line);
	int e;

	if (!*s) {
		r->blanks += r->value != NULL;
		return 0;
	}
	if (*s == '#' || *s == ';')
		return 0; /* also within a value */
	if (r->value && indent > r->indent) {
		e = ini_edit_append(r->value, s, r->blanks + 1);
		r->blanks = 0;
		return e;
	}
	r->blanks = 0;
	return *s == '[' ? read_header(r, s) : read_option(r, s, indent);
}

static int read_text(struct reader *r, char *text, size_t len)
{
	char *next = text;
	int e = 0;

	if (memchr(text, '\0', len)) {
		for (r->line = 1; *next; next++)
			r->line += *next == '\n';
		return fail_ini_parse(r, "there is a NUL byte in this line", NULL);
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		next += 3; /* some editors put it there, and mean nothing by it */
	while (next && e == 0) {
		char *line = strsep(&next, "\n");

		r->line++;
		e = read_ini_line(r, line);
	}
	return e;
}

int ini_parse(struct ini *ini, const char *file, const char *text, size_t len,
        char reterr[static INI_ERR])
{
	struct ini next;
	auto_free char *copy = NULL;
	struct reader r = { .ini = &next, .file = file, .reterr = reterr };
	int e = ini_edit_copy(&next, ini);

	(void)snprintf(reterr, INI_ERR, "%s: out of memory", file);
	if (e < 0)
		return e;
	copy = malloc(len + 1);
	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		e = read_text(&r, copy, len);
	} else {
		e = -ENOMEM;
	}
	if (e < 0) {
		ini_free(&next);
		return e;
	}
	for (unsigned i = 0; i < next.count; i++)
		next.section[i].seen_in = NULL;
	ini_free(ini);
	*ini = next;
	return 0;
}

const struct ini_section *ini_find(const struct ini *ini, const char *name)
{
	for (unsigned i = 0; i < ini->count; i++)
		if (strcmp(ini->section[i].name, name) == 0)
			return &ini->section[i];
	return NULL;
}
