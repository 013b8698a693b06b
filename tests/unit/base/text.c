/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - text from outside made safe: bytes, control characters, and cuts. */
#include "tests/unit/lib/test.h"

static const struct {
	const char *src, *utf8, *printable;
} cases[] = {
	{ "", "", "" }, { "caf\xc3\xa9", "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "caf\xe9", "caf\\xe9", "caf\\xe9" },
	{ "\xe2\x82", "\\xe2\\x82", "\\xe2\\x82" },  /* a cut character */
	{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf" },  /* an overlong one */
	{ "a\x1b[2Jb\n", "a\x1b[2Jb\n", "a?[2Jb?" }, /* clears a screen */
	{ "a\xe2\x80\xae"
	  "b",
	        "a\xe2\x80\xae"
	        "b",
	        "a?b" }, /* reverses the direction */
};

TEST(unsafe_text_is_escaped)
{
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(
		        text_make_utf8(text, sizeof(text), cases[i].src), cases[i].utf8);
		assert_string_equal(
		        text_make_printable(text, sizeof(text), cases[i].src), cases[i].printable);
	}
}

TEST(text_is_cut_between_characters)
{
	char text[8];

	assert_string_equal(text_make_utf8(text, sizeof(text), "1234567"), "1234567");
	assert_string_equal(text_make_utf8(text, sizeof(text), "12345678"), "1234567");
	assert_string_equal(text_make_utf8(text, sizeof(text), "123456\xc3\xa9"), "123456");
	assert_string_equal(text_make_utf8(text, sizeof(text), "1234\xe9"), "1234");
	assert_string_equal(text_make_utf8(text, 1, "a"), "");
}
