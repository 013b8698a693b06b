/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/text.h"

#include <string.h>

size_t utf8_char(const char *text, uint32_t *ret_point)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)text;
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t point = n <= 1 ? s[0] : s[0] & (0xffu >> (n + 1));

	if (n == 0 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

bool text_moves_cursor(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Copies src between characters; `printable` replaces those that move the cursor by '?'. */
static char *copy_characters(char *ret, size_t size, const char *src, bool printable)
{
	char piece[sizeof("\\xff")];
	size_t used = 0;

	while (*src) {
		uint32_t point = 0;
		size_t n = utf8_char(src, &point), len = n;

		if (n == 0)
			len = (size_t)snprintf(
			        piece, sizeof(piece), "\\x%02x", (unsigned char)*src);
		else if (printable && text_moves_cursor(point))
			len = (size_t)snprintf(piece, sizeof(piece), "?");
		else
			memcpy(piece, src, n);
		if (used + len >= size)
			break;
		memcpy(ret + used, piece, len);
		used += len;
		src += n ? n : 1;
	}
	ret[used] = '\0';
	return ret;
}

char *text_make_utf8(char *ret, size_t size, const char *src)
{
	return copy_characters(ret, size, src, false);
}

char *text_make_printable(char *ret, size_t size, const char *src)
{
	return copy_characters(ret, size, src, true);
}
