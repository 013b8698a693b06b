/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - JSON written in a test, and checks of JSON. */
#ifndef TESTS_UNIT_LIB_JSON_H
#define TESTS_UNIT_LIB_JSON_H

#include "tests/unit/lib/test.h"

#include <jansson.h>

/* Returns the value of text in which ' stands for ", which needs no escape in C. */
static inline json_t *json_of(const char *text)
{
	char *copy = strdup(text);
	json_error_t e;
	json_t *o;

	for (char *s = copy; (s = strchr(s, '\'')) != NULL;)
		*s = '"';
	o = json_loads(copy, JSON_DECODE_ANY, &e);
	free(copy);
	if (!o)
		fail_msg("%s: %s", text, e.text);
	return o;
}

/* Returns the string at `key`; "" if there is none. */
static inline const char *text_at(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

#define assert_at(o, key, want) assert_string_equal(text_at(o, key), want)

static inline void assert_json(const json_t *got, const char *want)
{
	json_t *w = json_of(want);
	char *text = json_dumps(got, JSON_ENCODE_ANY);

	if (!json_equal(got, w))
		fail_msg("%s is not %s", text, want);
	free(text);
	json_decref(w);
}

#endif
