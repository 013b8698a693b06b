/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - bounded copies, and text from outside made safe to print.
 *
 * Names and paths of a guest are bytes; logs, JSON, Prometheus and terminals take characters only.
 */
#ifndef AGENT_BASE_TEXT_H
#define AGENT_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Copies the string src into the array dst and cuts it to fit.  dst is an array, not a pointer. */
#define STR_COPY(dst, src)                                                                         \
	do {                                                                                       \
		_Static_assert(!__builtin_types_compatible_p(__typeof__(dst), char *),             \
		        "STR_COPY needs an array");                                                \
		(void)snprintf((dst), sizeof(dst), "%s", (src));                                   \
	} while (0)

/*
 * Returns the bytes of the UTF-8 character at s, 0 if there is none: a truncated or overlong sequence, a
 * surrogate, or a code point beyond Unicode.  A NUL ends a sequence like any other wrong byte.
 */
size_t utf8_char(const char *s, uint32_t *ret_point);

/* Returns true for C0, DEL, C1, line and paragraph separators, and the controls of text direction. */
bool text_moves_cursor(uint32_t point);

/*
 * Copies src into ret and cuts it to size, between characters.  Each byte that is not UTF-8 becomes "\xNN".  ret may
 * not overlap src.  Returns ret.
 */
char *text_make_utf8(char *ret, size_t size, const char *src);

/* The same; a control character, and one that moves the cursor or reverses the direction of text, becomes '?'. */
char *text_make_printable(char *ret, size_t size, const char *src);

#endif
