/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deploy_item.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/digest.h"
#include "agent/base/text.h"

const char *deploy_text(const json_t *item, const char *key)
{
	const char *s = json_string_value(json_object_get(item, key));

	return s ? s : "";
}

json_t *deploy_input(const json_t *item, const char *name)
{
	size_t i;
	json_t *in;

	json_array_foreach (json_object_get(item, "inputs"), i, in)
		if (strcmp(deploy_text(in, "name"), name) == 0)
			return json_object_get(in, "value");
	return NULL;
}

int deploy_key(char ret[static DEPLOY_KEY], const json_t *item)
{
	const char *id = deploy_text(item, "id");
	bool safe = *id != '.' && strlen(id) < 64;
	char hex[DIGEST_HEX];

	for (const char *s = id; *s; s++)
		safe &= isalnum((unsigned char)*s) || strchr("_.-", *s);
	if (!*id)
		return -EINVAL;
	if (safe) {
		(void)snprintf(ret, DEPLOY_KEY, "%s", id);
		return 0;
	}
	if (digest_sha256_hex(hex, id, strlen(id)) < 0)
		return -EINVAL;
	(void)snprintf(ret, DEPLOY_KEY, "%s", hex);
	return 0;
}

void deploy_label(char *ret, size_t size, const char *a, const char *b)
{
	size_t n;

	if (snprintf(ret, size, "%s%s", a, b) < (int)size)
		return;
	/* Removes the last UTF-8 character, which may be incomplete. */
	for (n = strlen(ret); n > 0 && ((unsigned char)ret[n - 1] & 0xC0) == 0x80; n--)
		;
	ret[n > 0 ? n - 1 : 0] = '\0';
}

void deploy_hook_name(char *ret, size_t size, const char *group)
{
	size_t n = 0;

	for (; *group && n + 1 < size; group++)
		if (isalnum((unsigned char)*group) || strchr("_-", *group))
			ret[n++] = *group;
	ret[n] = '\0';
}

/* Formats scalars like Python's str(), and others as JSON. */
static json_t *string_from_scalar(const json_t *v)
{
	auto_free char *text = NULL;

	if (json_is_boolean(v))
		return json_string(json_is_true(v) ? "True" : "False");
	if (json_is_null(v))
		return json_string("None");
	text = json_dumps(v, JSON_ENCODE_ANY);
	return text ? json_string(text) : NULL;
}

static int coerce_deployment(json_t *item)
{
	size_t i;
	json_t *in;

	json_array_foreach (json_object_get(item, "inputs"), i, in) {
		const json_t *v = json_object_get(in, "value");

		if (!v || json_is_string(v) || strcmp(deploy_text(in, "type"), "String") != 0)
			continue;
		if (json_object_set_new(in, "value", string_from_scalar(v)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Returns the first part (config and tool) of a component that has this action. */
static const json_t *find_component_part(const json_t *item, const char *action)
{
	size_t i, j;
	json_t *part, *a;

	json_array_foreach (json_object_get(json_object_get(item, "config"), "configs"), i, part) {
		json_array_foreach (json_object_get(part, "actions"), j, a)
			if (json_is_string(a) && strcmp(json_string_value(a), action) == 0)
				return part;
	}
	return NULL;
}

json_t *deploy_for_hook(const json_t *item, const char **why)
{
	const char *action = json_string_value(deploy_input(item, "deploy_action"));
	const json_t *part;
	json_t *copy;

	*why = "out of memory";
	copy = json_deep_copy(item);
	if (!copy || coerce_deployment(copy) < 0) {
		json_decref(copy);
		return NULL;
	}
	if (strcmp(deploy_text(item, "group"), "component") != 0)
		return copy;
	part = find_component_part(item, action ? action : "");
	if (!part || json_object_set(copy, "config", json_object_get(part, "config")) < 0 ||
	        json_object_set(copy, "group", json_object_get(part, "tool")) < 0) {
		*why = "the component has no config for this action";
		json_decref(copy);
		return NULL;
	}
	return copy;
}

json_t *deploy_inputs(const json_t *item)
{
	json_t *all = json_object(), *in, *v;
	size_t i;

	json_array_foreach (json_object_get(item, "inputs"), i, in) {
		v = json_object_get(in, "value");
		if (*deploy_text(in, "name"))
			(void)json_object_set_new(
			        all, deploy_text(in, "name"), v ? json_incref(v) : json_string(""));
	}
	return all;
}

static size_t json_size_bytes(const json_t *o)
{
	return json_dumpb(o, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII);
}

/*
 * Returns the length of the character at s when it is escaped in JSON; *ret_bytes is its length in
 * UTF-8.
 */
static size_t escaped_length(const char *s, size_t *ret_bytes)
{
	const unsigned char c = (unsigned char)*s;

	*ret_bytes = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (c >= 0xF0)
		return 12;
	if (c >= 0x80 || (c < 0x20 && !strchr("\b\f\n\r\t", c)))
		return 6;
	return c < 0x20 || strchr("\"\\", c) ? 2 : 1;
}

#define CUT "[... %zu bytes cut ...]\n"

/*
 * Cuts the beginning of one text of o, but keeps its last `keep` bytes, to shrink o by about
 * `excess`.
 */
static void shorten_output(json_t *o, const char *key, size_t keep, size_t *excess)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);
	size_t n = json_string_length(v), cut = 0, saved = 0, bytes, before = 0;
	auto_free char *text = NULL;

	if (!s || n < 128 || *excess == 0)
		return;
	if (sscanf(s, CUT, &before) == 1 && strchr(s, '\n')) /* already cut: replace the mark */
		s = strchr(s, '\n') + 1;
	n = strlen(s);
	while (n > keep && cut < n - keep && saved < *excess + 64) {
		saved += escaped_length(s + cut, &bytes);
		cut += bytes;
	}
	if (saved <= 64 || asprintf(&text, CUT "%s", before + cut, s + cut) < 0)
		return;
	saved -= 64; /* the mark */
	*excess = *excess > saved ? *excess - saved : 0;
	(void)json_object_set_new(o, key, json_string(text));
}

static size_t excess_bytes(const json_t *o, size_t max)
{
	const size_t n = json_size_bytes(o);

	return n > max ? n - max : 0;
}

/* If no shortening suffices (thousands of outputs, nested ones), only the status is sent. */
static void drop_outputs(json_t *o)
{
	static const char why[] = "prehup: the outputs are too large for Heat and are omitted";
	const char *key, *err;
	auto_free char *text = NULL;
	json_t *v;
	void *tmp;

	json_object_foreach_safe (o, tmp, key, v) {
		bool plain = json_is_string(v) || json_is_number(v);

		if (!plain ||
		        (strcmp(key, "deploy_stdout") != 0 && strcmp(key, "deploy_stderr") != 0 &&
		                strcmp(key, "deploy_status_code") != 0))
			(void)json_object_del(o, key);
	}
	err = deploy_text(o, "deploy_stderr");
	if (asprintf(&text, "%s%s%s", err, *err ? "\n" : "", why) < 0)
		text = NULL;
	(void)json_object_set_new(o, "deploy_stderr", json_string(text ? text : why));
}

/*
 * Long output is cut first, from its beginning; outputs last, because other resources of the stack
 * may depend on them.
 */
static void fit_result_size(json_t *o, size_t max)
{
	static const size_t keep[] = { 256 << 10, 16 << 10, 1 << 10 };
	size_t excess = excess_bytes(o, max);
	const char *key;
	json_t *v;

	for (size_t i = 0; excess && i < ARRAY_SIZE(keep); i++) {
		shorten_output(o, "deploy_stdout", keep[i], &excess);
		shorten_output(o, "deploy_stderr", keep[i], &excess);
	}
	for (size_t i = 0; excess && i < ARRAY_SIZE(keep); i++)
		json_object_foreach (o, key, v)
			if (strncmp(key, "deploy_", 7) != 0)
				shorten_output(o, key, keep[i], &excess);
	if (excess_bytes(o, max))
		drop_outputs(o);
}

static json_t *build_result_signal(const json_t *result, const char *err)
{
	return json_pack("{ss ss sI}", "deploy_stdout", deploy_text(result, "stdout"),
	        "deploy_stderr", err, "deploy_status_code",
	        json_integer_value(json_object_get(result, "status")));
}

json_t *deploy_signal(const json_t *result, bool script)
{
	const json_int_t status = json_integer_value(json_object_get(result, "status"));
	const char *out = deploy_text(result, "stdout"), *err = deploy_text(result, "stderr");
	const char *note = deploy_text(result, "note");
	auto_free char *noted = NULL;
	json_t *data = NULL;

	if (*note && asprintf(&noted, "%s%s%s", err, *err ? "\n" : "", note) < 0)
		return NULL;
	if (!script && !*note) {
		data = json_loads(out, 0, NULL);
		if (!json_is_object(data)) {
			json_decref(data);
			data = status == 0 && !out[strspn(out, " \t\r\n")] ? json_object() : NULL;
		}
	}
	if (!data)
		data = build_result_signal(result, noted ? noted : err);
	if (data && script)
		(void)json_object_update_missing(data, json_object_get(result, "outputs"));
	if (data)
		fit_result_size(data, DEPLOY_BODY_MAX);
	return data;
}

json_t *deploy_fitted(const json_t *signal, size_t max)
{
	json_t *o = json_deep_copy(signal);

	if (o)
		fit_result_size(o, max);
	return o;
}

json_t *deploy_refusal(int status, const char *why)
{
	return json_pack("{ss ss si}", "deploy_stdout", "", "deploy_stderr", why,
	        "deploy_status_code", status);
}
