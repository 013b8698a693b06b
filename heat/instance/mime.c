/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/mime.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HEADER_MAX = 1024 };

/*
 * Reads one header, joins its folded lines, and moves *text behind it.  Returns false at the blank line or the end.
 * Content-Disposition: attachment;
 *  filename="cfn-init-data"
 */
static bool read_mime_header(const char **text, const char *end, char ret[static HEADER_MAX])
{
	size_t n = 0;

	if (*text == end || **text == '\n' ||
	        (**text == '\r' && *text + 1 < end && (*text)[1] == '\n'))
		return false;
	while (*text < end) {
		const char c = *(*text)++;

		if (c == '\n' && (*text == end || (**text != ' ' && **text != '\t')))
			break;
		if (c != '\r' && n + 1 < HEADER_MAX)
			ret[n++] = c == '\n' || c == '\t' ? ' ' : c;
	}
	ret[n] = '\0';
	return true;
}

/* Copies a parameter of a header: name=value, name="value", or RFC 2231's name*=charset''value. */
static void copy_header_parameter(const char *line, const char *name, char *ret, size_t size)
{
	const size_t len = strlen(name);
	size_t n = 0;

	for (const char *s = strchr(line, ';'); s; s = strchr(s, ';')) {
		const char *v;

		s += 1 + strspn(s + 1, " ");
		if (strncasecmp(s, name, len) != 0 || (s[len] != '=' && s[len] != '*'))
			continue;
		v = strchr(s, '=');
		if (!v)
			return;
		v++;
		if (s[len] == '*' && strstr(v, "''"))
			v = strstr(v, "''") + 2;
		if (*v == '"')
			for (v++; *v && *v != '"' && n + 1 < size; v++)
				ret[n++] = *v == '\\' && v[1] ? *++v : *v;
		else
			for (; *v && !strchr("; ", *v) && n + 1 < size; v++)
				ret[n++] = *v;
		ret[n] = '\0';
		return;
	}
}

static void parse_part_header(struct mime_part *p, const char *line)
{
	const char *colon = strchr(line, ':'), *v;
	size_t n = 0;

	if (!colon)
		return;
	v = colon + 1 + strspn(colon + 1, " ");
	if (strncasecmp(line, "Content-Type:", 13) == 0) {
		for (; *v && !strchr("; ", *v) && n + 1 < sizeof(p->type); v++)
			p->type[n++] = (char)tolower((unsigned char)*v);
		p->type[n] = '\0';
		if (strncmp(p->type, "multipart/", 10) == 0)
			copy_header_parameter(line, "boundary", p->boundary, sizeof(p->boundary));
		if (!*p->filename)
			copy_header_parameter(line, "name", p->filename, sizeof(p->filename));
	} else if (strncasecmp(line, "Content-Disposition:", 20) == 0) {
		copy_header_parameter(line, "filename", p->filename, sizeof(p->filename));
	} else if (strncasecmp(line, "Content-Transfer-Encoding:", 26) == 0) {
		p->encoding = strncasecmp(v, "base64", 6) == 0              ? MIME_BASE64
		              : strncasecmp(v, "quoted-printable", 16) == 0 ? MIME_QUOTED
		                                                            : MIME_PLAIN;
	}
}

bool mime_head(const char *text, size_t len, struct mime_part *ret)
{
	const char *s = text, *end = text + len;
	char line[HEADER_MAX];
	bool any = false;

	*ret = (struct mime_part){ .whole = text, .whole_len = len };
	while (read_mime_header(&s, end, line)) {
		const char *colon = strchr(line, ':');

		if (!colon && strncmp(line, "From ", 5) != 0)
			return false;
		parse_part_header(ret, line);
		any = true;
	}
	if (s < end && *s == '\r')
		s++;
	if (s < end && *s == '\n')
		s++;
	ret->body = s;
	ret->body_len = (size_t)(end - s);
	return any;
}

/*
 * Returns the start of the next line "--boundary", `end` if there is none.  *ret_last is true for the final delimiter,
 * "--boundary--".
 */
static const char *find_delimiter(
        const char *s, const char *end, const char *boundary, bool *ret_last)
{
	const size_t n = strlen(boundary);

	while (s < end) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));

		if ((size_t)(end - s) >= n + 2 && s[0] == '-' && s[1] == '-' &&
		        memcmp(s + 2, boundary, n) == 0) {
			const char *behind = s + 2 + n;

			*ret_last = end - behind >= 2 && behind[0] == '-' && behind[1] == '-';
			if (*ret_last || behind == end || isspace((unsigned char)*behind))
				return s;
		}
		if (!eol)
			break;
		s = eol + 1;
	}
	*ret_last = true;
	return end;
}

bool mime_next(struct mime_walk *w, const char *boundary, struct mime_part *ret)
{
	const char *end = w->text + w->len, *s, *eol;
	bool last = false;

	if (!w->inside && !w->over) { /* the preamble is ignored */
		s = find_delimiter(w->text, end, boundary, &last);
		w->over = last;
		w->inside = true;
		w->len = (size_t)(end - s);
		w->text = s;
	}
	if (w->over || w->len == 0)
		return false;
	eol = memchr(w->text, '\n', w->len);
	if (!eol)
		return false;
	s = find_delimiter(eol + 1, end, boundary, &last);
	(void)mime_head(eol + 1, (size_t)(s - eol - 1), ret);
	/* The line end before a delimiter belongs to the delimiter. */
	if (s < end && ret->body_len > 0 && ret->body[ret->body_len - 1] == '\n')
		ret->body_len--;
	if (s < end && ret->body_len > 0 && ret->body[ret->body_len - 1] == '\r')
		ret->body_len--;
	w->over = last;
	w->text = s;
	w->len = (size_t)(end - s);
	return true;
}

static int decode_sextet(char c)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static size_t decode_base64(const struct mime_part *p, char *to)
{
	unsigned bits = 0, count = 0;
	size_t n = 0;

	for (size_t i = 0; i < p->body_len && p->body[i] != '='; i++) {
		int v = decode_sextet(p->body[i]);

		if (v < 0)
			continue; /* line ends and stray characters */
		bits = (bits << 6 | (unsigned)v) & 0xFFFFFF;
		if (++count % 4 != 1)
			to[n++] = (char)(bits >> (6 - 2 * ((count - 1) % 4)) & 0xFF);
	}
	return n;
}

/* Decodes quoted-printable and percent-encoding: a mark and two hexadecimal digits.  Returns the length. */
static size_t decode_marked(const struct mime_part *p, char *to, char mark)
{
	const char *s = p->body, *end = s + p->body_len;
	char hex[3] = { 0 };
	size_t n = 0;

	while (s < end) {
		if (*s == mark && end - s > 2 && isxdigit((unsigned char)s[1]) &&
		        isxdigit((unsigned char)s[2])) {
			memcpy(hex, s + 1, 2);
			to[n++] = (char)strtol(hex, NULL, 16);
			s += 3;
		} else if (mark == '=' && *s == '=' && end - s > 1 &&
		           (s[1] == '\n' || s[1] == '\r')) {
			s += s[1] == '\r' && end - s > 2 ? 3 : 2; /* a soft line break */
		} else {
			to[n++] = *s++;
		}
	}
	return n;
}

char *mime_decode(const struct mime_part *p, size_t *ret_len)
{
	char *to = malloc(p->body_len + 1);

	if (!to)
		return NULL;
	if (p->encoding == MIME_BASE64) {
		*ret_len = decode_base64(p, to);
	} else if (p->encoding == MIME_PLAIN) {
		memcpy(to, p->body, p->body_len);
		*ret_len = p->body_len;
	} else {
		*ret_len = decode_marked(p, to, p->encoding == MIME_QUOTED ? '=' : '%');
	}
	to[*ret_len] = '\0';
	return to;
}
