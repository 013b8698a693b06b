/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - conversion of values that may be missing to JSON and back. */
#ifndef AGENT_BASE_JSON_H
#define AGENT_BASE_JSON_H

#include <jansson.h>
#include <stddef.h>

/* Returns a new real, or null if v is not finite.  NULL: out of memory. */
json_t *json_from_number(double v);

/* Returns a new string.  Bytes of s that are not UTF-8 become "\\xNN".  NULL: out of memory. */
json_t *json_from_bytes(const char *s);

/* Returns the same, or null if s is "". */
json_t *json_from_text(const char *s);

/* Returns the number at key, NAN if there is none. */
double json_number_at(const json_t *o, const char *key);

/* Returns the string at key, "" if there is none.  It belongs to o. */
const char *json_text_at(const json_t *o, const char *key);

/* Copies the string at key into ret, cut to size and safe for a terminal; "" if there is none.  Returns ret. */
const char *json_printable_at(const json_t *o, const char *key, char *ret, size_t size);

#endif
