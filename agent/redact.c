/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/redact.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Names (anywhere in a word, in any case) behind which = or : a secret stands. */
static const char *const names[] = { "signature", "secretkey", "secret_key", "secret-key",
	"secret_access_key", "password", "passwd", "x-auth-token", "x-subject-token", "auth_token",
	"authorization", "proxy_pass", "access_token" };

/* How much of the text at `s` is such a name with its delimiter; 0: none. */
static size_t name_at(const char *s)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (strncasecmp(s, names[i], n) != 0)
			continue;
		while (s[n] == '"' || s[n] == '\'' || s[n] == ' ')
			n++;
		if (s[n] != '=' && s[n] != ':')
			continue;
		n++;
		while (s[n] == ' ' || s[n] == '"' || s[n] == '\'')
			n++;
		return n;
	}
	return 0;
}

/* Where the secret that begins here ends: its quote, its line (a header's value), or its word. */
static const char *secret_end(const char *s, char before, bool line)
{
	const char quote[] = { before, '\0' };

	if (before == '"' || before == '\'')
		return s + strcspn(s, quote);
	return s + strcspn(s, line ? "\r\n" : " \t\r\n&\"',;}");
}

/* "//user:password@" at `s`: where the host begins; NULL: it is not that. */
static const char *userinfo_end(const char *s)
{
	size_t n;

	if (strncmp(s, "//", 2) != 0)
		return NULL;
	n = strcspn(s + 2, "/ \t\r\n\"'?#");
	for (size_t i = n; i > 0; i--)
		if (s[1 + i] == '@')
			return s + 1 + i;
	return NULL;
}

/* Is there a secret behind the next *ret_n bytes?  Then where it ends, else NULL. */
static const char *secret_at(const char *s, size_t *ret_n)
{
	size_t n = name_at(s);

	*ret_n = n;
	if (n)
		return secret_end(s + n, s[n - 1], strncasecmp(s, "authorization", 13) == 0);
	*ret_n = 2;
	return userinfo_end(s);
}

void redact(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from) {
		size_t n;
		const char *end = secret_at(from, &n);

		if (!end) {
			*to++ = *from++;
			continue;
		}
		memmove(to, from, n);
		to += n;
		from += n;
		/* Never longer than the secret was. */
		for (int i = 0; i < 3 && from < end; i++, from++)
			*to++ = '*';
		from = end;
	}
	*to = '\0';
}
