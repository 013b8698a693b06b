/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"

json_t *json_from_number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

json_t *json_from_bytes(const char *s)
{
	size_t size = strlen(s) * 4 + 1; /* each byte may become "\\xNN" */
	auto_free char *clean = NULL;
	json_t *v = json_string(s);

	if (v)
		return v;
	clean = malloc(size);
	return clean ? json_string(text_make_utf8(clean, size, s)) : NULL;
}

json_t *json_from_text(const char *s)
{
	return *s ? json_from_bytes(s) : json_null();
}

double json_number_at(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

const char *json_text_at(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

const char *json_printable_at(const json_t *o, const char *key, char *ret, size_t size)
{
	return text_make_printable(ret, size, json_text_at(o, key));
}
