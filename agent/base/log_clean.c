/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/log.h"
#include "agent/base/text.h"

/* C0, DEL, C1; line and paragraph separators; and what turns the order of a line about. */
static bool moves_the_cursor(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

void log_clean(char *text)
{
	char *from = text, *to = from;

	while (*from) {
		uint32_t point = 0;
		size_t n = utf8_char(from, &point);

		if (n == 0 || moves_the_cursor(point)) {
			*to++ = '?';
			from += n ? n : 1;
			continue;
		}
		while (n--)
			*to++ = *from++;
	}
	*to = '\0';
}
