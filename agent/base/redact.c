/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/redact.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "agent/base/text.h"

/* The end of a value without quotes. */
enum extent {
	NONE,
	PARAMETER, /* of a URL: to '&', a quote or a blank */
	WORD,      /* to a blank: a password may have any other character */
	LINE,
};

/* Suffixes of keys, without '-', '_' and '.', in lower case.  AWSAccessKeyId is not secret. */
/* clang-format off */
static const struct {
	const char *end;
	enum extent extent;
} secrets[] = {
	{ "signature",     PARAMETER }, /* of CFN, EC2, S3 and Zaqar URLs */
	{ "tempurlsig",    PARAMETER }, /* Swift's TempURL */
	{ "secretkey",     WORD },      /* AWSSecretKey */
	{ "accesskey",     WORD },      /* SecretAccessKey */
	{ "secret",        WORD },      /* of an application credential */
	{ "password",      WORD },
	{ "passwd",        WORD },
	{ "passphrase",    WORD },
	{ "pass",          WORD },      /* adminPass */
	{ "token",         WORD },      /* X-Auth-Token */
	{ "bearer",        WORD },
	{ "apikey",        WORD },
	{ "authkey",       WORD },
	{ "privatekey",    WORD },
	{ "encryptionkey", WORD },
	{ "authorization", LINE },
	{ "cookie",        LINE },
};
/* clang-format on */
enum {
	KEY_MAX = 32,       /* more than the longest suffix */
	USERINFO_MAX = 512, /* bounds the time for hostile text */
};

/* The read position, and the write position: never ahead of `from`. */
struct work {
	const char *from;
	char *to;
};

static char to_lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter_or_digit(char c)
{
	return (to_lower_char(c) >= 'a' && to_lower_char(c) <= 'z') || (c >= '0' && c <= '9');
}

static bool is_key_char(char c)
{
	return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool is_blank_char(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static bool is_char_in(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool has_key_suffix(const char *key, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(key + n - m, end, m) == 0;
}

/* Returns the extent of the value of a key of `n` bytes. */
static enum extent find_secret_extent(const char *key, size_t n)
{
	char plain[KEY_MAX];
	size_t at = sizeof(plain);

	while (n > 0 && at > 0)
		if (is_letter_or_digit(key[--n]))
			plain[--at] = to_lower_char(key[n]);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		if (has_key_suffix(plain + at, sizeof(plain) - at, secrets[i].end))
			return secrets[i].extent;
	return NONE;
}

static void copy_text_until(struct work *w, const char *until)
{
	while (w->from < until)
		*w->to++ = *w->from++;
}

static void replace_with_stars(struct work *w, const char *until)
{
	for (int i = 0; i < 3 && w->from + i < until; i++)
		*w->to++ = '*';
	w->from = until;
}

/* Returns the position after the backslashes and the quote at s; s if there is no quote. */
static const char *skip_quote(const char *s)
{
	const char *q = s;

	while (*q == '\\')
		q++;
	return *q == '"' || *q == '\'' ? q + 1 : s;
}

/*
 * Returns the position after the separator of key and value, NULL if there is none.  Separators are = : => %3D > and,
 * for an option and for "Bearer", a blank.  The key's closing quote may precede it, and blanks may surround it.
 * Sets *ret_xml for a value in XML.
 */
static const char *skip_key_separator(const char *s, bool by_blank, bool *ret_xml)
{
	const char *after = skip_quote(s), *p = after;

	while (*p == ' ' || *p == '\t')
		p++;
	*ret_xml = false;
	if (*p == '=' || *p == ':') {
		p++;
		if (*p == '>' || *p == '=')
			p++;
	} else if (p[0] == '%' && p[1] == '3' &&
	           (to_lower_char(p[2]) == 'd' || to_lower_char(p[2]) == 'a')) {
		p += 3;
	} else if (p == s && *p == '>') {
		*ret_xml = true;
		return p + 1;
	} else if (!by_blank || p == s || after != s) {
		return NULL;
	}
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* Returns the closing quote: it has as many backslashes before it as the opening one at `open`. */
static const char *find_closing_quote(const char *open, const char *value)
{
	size_t escapes = (size_t)(value - open) - 1, n = 0;
	char quote = value[-1];

	for (const char *p = value; *p; p++) {
		if (*p == quote && n == escapes)
			return p - n;
		n = *p == '\\' ? n + 1 : 0;
	}
	return value + strlen(value);
}

static const char *find_value_end(const char *value, enum extent extent, bool xml)
{
	const char *p = value;

	for (; *p; p++) {
		if (xml ? *p == '<' : extent == LINE ? *p == '\n' : is_blank_char(*p))
			break;
		if (!xml && extent == PARAMETER && is_char_in(*p, "&\"'<>"))
			break;
	}
	return p;
}

/* Copies a key, and replaces its value by stars if it is secret. */
static void redact_key(struct work *w)
{
	const char *s = w->from, *e = s, *value, *quoted;
	enum extent extent;
	bool xml, by_blank;

	while (is_key_char(*e))
		e++;
	extent = find_secret_extent(s, (size_t)(e - s));
	by_blank =
	        *s == '-' || (e - s == 6 && to_lower_char(*s) == 'b'); /* --password x, Bearer x */
	value = extent != NONE ? skip_key_separator(e, by_blank, &xml) : NULL;
	if (!value) {
		copy_text_until(w, e);
		return;
	}
	quoted = extent != LINE && !xml ? skip_quote(value) : value;
	copy_text_until(w, quoted);
	replace_with_stars(w, quoted != value ? find_closing_quote(value, quoted)
	                                      : find_value_end(value, extent, xml));
}

/*
 * Replaces the user of a URL, which follows "://", by stars.  An authority ends at '/', '?' or '#'.  A password may
 * hold one of them unescaped: then text that is not a port follows the ':'.
 */
static void redact_authority(struct work *w)
{
	const char *at = NULL, *colon = NULL, *p;

	for (p = w->from; *p && !is_blank_char(*p) && !is_char_in(*p, "/?#\"'<>"); p++) {
		if (*p == '@')
			at = p;
		if (*p == ':')
			colon = p;
	}
	if (!at && colon && *w->from != '[' && !(colon[1] >= '0' && colon[1] <= '9'))
		for (; *p && !is_blank_char(*p) && p - w->from < USERINFO_MAX; p++)
			if (*p == '@')
				at = p;
	if (at)
		replace_with_stars(w, at);
}

void redact(char *text)
{
	struct work w = { .from = text, .to = text };

	while (*w.from) {
		if (is_key_char(*w.from)) {
			redact_key(&w);
		} else if (strncmp(w.from, "://", 3) == 0) {
			copy_text_until(&w, w.from + 3);
			redact_authority(&w);
		} else {
			copy_text_until(&w, w.from + 1);
		}
	}
	*w.to = '\0';
}

void redact_userinfo(char *message)
{
	struct work w = { .from = message, .to = message };

	while (*w.from) {
		const char *end = w.from + strcspn(w.from, " '\"\n"),
		           *at = memrchr(w.from, '@', (size_t)(end - w.from));

		if (at)
			replace_with_stars(&w, at);
		copy_text_until(&w, *end ? end + 1 : end);
	}
	*w.to = '\0';
}
