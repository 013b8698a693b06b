/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_item_limits.c - results larger than Heat takes: cut to its measure, never lost, never broken. */
#include "tests/unit/lib/test.h"

#include "agent/base/clean.h"
#include "heat/deploy/deploy_item.h"
#include "tests/unit/lib/json.h"

enum { MIB = 1 << 20 };

/* Repeats `unit` for about so many bytes, with a distinct end. */
static json_t *filled(const char *unit, size_t bytes, const char *end)
{
	const size_t n = strlen(unit), times = bytes / n, m = strlen(end);
	auto_free char *s = malloc(times * n + m + 1);

	if (!s)
		fail();
	for (size_t i = 0; i < times; i++)
		memcpy(s + i * n, unit, n);
	memcpy(s + times * n, end, m + 1);
	return json_string(s);
}

static void assert_ends(const json_t *o, const char *key, const char *end)
{
	const char *s = text_at(o, key);

	assert_true(strlen(s) >= strlen(end));
	assert_string_equal(s + strlen(s) - strlen(end), end);
}

/* As it goes over the wire: within the limit, and JSON. */
static size_t sent(const json_t *signal)
{
	auto_free char *text = json_dumps(signal, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_auto_t *back = text ? json_loads(text, 0, NULL) : NULL;

	assert_non_null(text);
	assert_true(strlen(text) <= DEPLOY_BODY_MAX);
	assert_true(json_equal(back, (json_t *)(uintptr_t)signal));
	return strlen(text);
}

static json_t *script_signal(json_t *out, json_t *err, json_t *outputs)
{
	json_auto_t *r = json_pack("{si so so ss so}", "status", 1, "stdout", out, "stderr", err,
	        "note", "", "outputs", outputs);

	return deploy_signal(r, true);
}

TEST(long_output_keeps_its_end_and_notes_the_cut)
{
	static const char *const units[] = { "x", "\n", "\"\\", "\x1b[0m", "\x01", "\xc3\xa9",
		"\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80",
		"a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		json_auto_t *s = script_signal(
		        filled(units[i], MIB, "the end"), json_string("err"), json_object());
		const char *out = text_at(s, "deploy_stdout");
		char rest[64];
		unsigned long cut;

		/* Much is left, of whatever size it is in JSON. */
		assert_true(sent(s) > DEPLOY_BODY_MAX - 1000);
		assert_ends(s, "deploy_stdout", "the end");
		assert_int_equal(sscanf(out, "[... %lu bytes cut ...]%60s", &cut, rest), 2);
		assert_int_equal(cut + strlen(strchr(out, '\n') + 1),
		        MIB / strlen(units[i]) * strlen(units[i]) + strlen("the end"));
		assert_at(s, "deploy_stderr", "err");
		assert_int_equal(json_integer_value(json_object_get(s, "deploy_status_code")), 1);
	}
}

TEST(both_streams_keep_their_ends)
{
	json_auto_t *s = script_signal(filled("\x01", MIB, "out's end"),
	        filled("\xc3\xa9", MIB, "err's end"), json_object());

	(void)sent(s);
	assert_ends(s, "deploy_stdout", "out's end");
	assert_ends(s, "deploy_stderr", "err's end");
	assert_null(strstr(strchr(text_at(s, "deploy_stdout"), '\n'), "bytes cut")); /* told once */
	assert_true(strlen(text_at(s, "deploy_stdout")) > 10000);
	assert_true(strlen(text_at(s, "deploy_stderr")) > 10000);
}

TEST(value_that_just_fits_is_left_alone)
{
	json_auto_t *probe = script_signal(json_string(""), json_string(""), json_object());
	const size_t room = DEPLOY_BODY_MAX - sent(probe);
	json_auto_t *whole = script_signal(filled("x", room, ""), json_string(""), json_object());
	json_auto_t *more =
	        script_signal(filled("x", room + 1, ""), json_string(""), json_object());

	assert_int_equal(strlen(text_at(whole, "deploy_stdout")), room);
	assert_int_equal(sent(whole), DEPLOY_BODY_MAX);
	(void)sent(more);
	assert_non_null(strstr(text_at(more, "deploy_stdout"), "bytes cut"));
}

TEST(outputs_stay_whole_while_output_can_be_cut)
{
	json_auto_t *s = script_signal(filled("x", MIB, "out's end"), filled("y", MIB, "err's end"),
	        json_pack("{so ss}", "big", filled("z", 900000, "!"), "small", "s"));

	(void)sent(s);
	assert_int_equal(strlen(text_at(s, "big")), 900001);
	assert_at(s, "small", "s");
	assert_ends(s, "deploy_stdout", "out's end");
	assert_ends(s, "deploy_stderr", "err's end");
}

TEST(oversized_outputs_keep_their_ends)
{
	json_auto_t *s = script_signal(json_string("o"), json_string("e"),
	        json_pack("{so so so}", "a", filled("\xc3\xa9", MIB, "A"), "b",
	                filled("\"", MIB, "B"), "c", filled("x", 1000, "C")));

	(void)sent(s);
	assert_ends(s, "a", "A");
	assert_ends(s, "b", "B");
	assert_at(s, "deploy_stdout", "o");
}

TEST(unshortenable_output_is_left_out_status_is_sent)
{
	json_t *many = json_object(), *deep = json_array();
	json_auto_t *s = NULL, *p = NULL, *r = NULL;
	auto_free char *text = NULL;

	for (int i = 0; i < 20000; i++) {
		json_object_set_new(many, fmt("output_%d", i), filled("x", 100, ""));
		json_array_append_new(deep, json_pack("{so}", "key", filled("x", 60, "")));
	}
	s = script_signal(json_string("out"), json_string("err"), many);
	(void)sent(s);
	assert_int_equal(json_object_size(s), 3);
	assert_at(s, "deploy_stdout", "out");
	assert_non_null(
	        strstr(text_at(s, "deploy_stderr"), "err\nprehup: the outputs are too large"));
	assert_int_equal(json_integer_value(json_object_get(s, "deploy_status_code")), 1);

	/* A program's own object, with nothing in it that we know. */
	p = json_pack("{so s[s] ss}", "a", deep, "deploy_stdout", "x", "deploy_status_code", "4");
	text = json_dumps(p, 0);
	r = json_pack("{si ss ss}", "status", 0, "stdout", text, "stderr", "");
	json_decref(s);
	s = deploy_signal(r, false);
	(void)sent(s);
	assert_null(json_object_get(s, "a"));
	assert_at(s, "deploy_status_code", "4");
	assert_non_null(strstr(text_at(s, "deploy_stderr"), "too large"));
}

TEST(text_like_a_redaction_mark_breaks_nothing)
{
	static const char *const units[] = { "[... 5 bytes cut ...]", "[... 5 bytes cut ...]\n",
		"[... 99999999999999999999999 bytes cut" };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		json_auto_t *s = script_signal(filled(units[i], MIB, "the end"),
		        filled(units[i], MIB, "the end"), json_object());

		(void)sent(s);
		assert_ends(s, "deploy_stdout", "the end");
		assert_ends(s, "deploy_stderr", "the end");
	}
}
