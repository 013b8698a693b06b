/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/kernel/kmsg_match.h"

#include <ctype.h>
#include <string.h>

/* A command name has at most 15 bytes; /dev/kmsg prints a byte that is not ASCII as "\xNN". */
enum { COMM_MAX = 15, ESCAPE_LENGTH = 4 };

/* The end of a word: letters, digits and ".-_/+@", and ":" where the word goes on behind it. */
static const char *skip_word(const char *s)
{
	while (isalnum((unsigned char)*s) || (*s && strchr(".-_/+@", *s)) ||
	        (*s == ':' && isalnum((unsigned char)s[1])))
		s++;
	return s;
}

static const char *skip_number(const char *s, char kind)
{
	while (kind == 'd' ? isdigit((unsigned char)*s) : isxdigit((unsigned char)*s))
		s++;
	return s;
}

/* Tries every end of a text of at most `most` bytes, each "\xNN" counted as one. */
static bool match_text(const char *pattern, const char *s, size_t most)
{
	for (size_t n = 0;; n++) {
		if (kmsg_match(pattern, s))
			return true;
		if (!*s || n == most)
			return false;
		s += s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
		                     isxdigit((unsigned char)s[3])
		             ? ESCAPE_LENGTH
		             : 1;
	}
}

/* "<a|b|c>": one of them, each of which may be empty. */
static bool match_alternatives(const char *pattern, const char *s)
{
	const char *end = strchr(pattern, '>');

	for (const char *a = pattern; end && a <= end;) {
		size_t n = strcspn(a, "|>");

		if (strncmp(a, s, n) == 0 && kmsg_match(end + 1, s + n))
			return true;
		a += n + 1;
	}
	return false;
}

static bool match_token(const char *pattern, const char *s)
{
	const char *end;

	if (*pattern == 'c')
		return match_text(pattern + 1, s, COMM_MAX);
	end = *pattern == 'w' ? skip_word(s) : skip_number(s, *pattern);
	return end > s && kmsg_match(pattern + 1, end);
}

bool kmsg_match(const char *pattern, const char *s)
{
	for (; *pattern; pattern++, s++) {
		if (*pattern == '%')
			return match_token(pattern + 1, s);
		if (*pattern == '<')
			return match_alternatives(pattern + 1, s);
		if (*pattern == '*')
			return match_text(pattern + 1, s, SIZE_MAX);
		if (*pattern == '$')
			return !*s;
		if (*pattern != *s)
			return false;
	}
	return true;
}
