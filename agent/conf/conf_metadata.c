/* SPDX-License-Identifier: Apache-2.0 */
/* conf_metadata.c - overlays the settings of the files with the `prehup` object of metadata. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "agent/conf/conf_keys.h"

enum { TEXT_MAX = 64 << 10 };

static bool has_nul(const json_t *v)
{
	return strlen(json_string_value(v)) != json_string_length(v);
}

/* Joins an array of words with blanks. */
static char *join_metadata_words(const json_t *list)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *f = open_memstream(&text, &len);
	bool good = f != NULL;
	json_t *v;

	json_array_foreach (list, i, v) {
		good = good && json_is_string(v) && !has_nul(v) &&
		       !strpbrk(json_string_value(v), " \t\n");
		if (good)
			fprintf(f, "%s%s", i ? " " : "", json_string_value(v));
	}
	if (f && fclose(f) != 0)
		good = false;
	if (good && len <= TEXT_MAX)
		return text;
	free(text);
	return NULL;
}

/*
 * Returns the value as text for a configuration file, or NULL if it cannot be expressed. The caller
 * frees it.
 */
static char *conf_text_from_json(const json_t *v)
{
	char *text = NULL;

	if (json_is_string(v))
		return has_nul(v) || json_string_length(v) > TEXT_MAX
		               ? NULL
		               : strdup(json_string_value(v));
	if (json_is_boolean(v))
		return strdup(json_is_true(v) ? "yes" : "no");
	if (json_is_array(v))
		return join_metadata_words(v);
	if (json_is_integer(v))
		return asprintf(&text, "%lld", (long long)json_integer_value(v)) < 0 ? NULL : text;
	if (json_is_real(v))
		return asprintf(&text, "%.17g", json_real_value(v)) < 0 ? NULL : text;
	return json_is_object(v) ? json_dumps(v, JSON_COMPACT) : NULL;
}

static int lay_section(
        struct conf *cf, const char *section, json_t *keys, char reterr[static CONF_ERR])
{
	const char *name;
	json_t *v;

	if (!json_is_object(keys))
		return conf_fail(reterr, "metadata: prehup.%s: is not an object", section);
	json_object_foreach (keys, name, v) {
		const struct conf_key *k = conf_key_find(section, name);
		auto_free char *text = json_is_object(v) ? NULL : conf_text_from_json(v);
		char why[CONF_ERR];

		if (!k)
			return conf_fail(reterr, "metadata: prehup.%s.%.60s: no such setting",
			        section, name);
		if (!k->remote)
			return conf_fail(reterr,
			        "metadata: prehup.%s.%s: only a file on the guest may set this",
			        section, name);
		if (!text)
			return conf_fail(reterr,
			        "metadata: prehup.%s.%s: is not a text, number or list of words",
			        section, name);
		if (conf_key_set(cf, k, text, why) < 0)
			return conf_fail(
			        reterr, "metadata: prehup.%s.%s: %.200s", section, name, why);
	}
	return 0;
}

/* Reads the texts of a hook's or signal's keys, in the order of `keys`.  The caller frees them in any case. */
static int read_json_texts(const char *list, const char *name, json_t *object,
        const char *const *keys, char **text, char reterr[static CONF_ERR])
{
	const char *key;
	json_t *v;

	if (!json_is_object(object))
		return conf_fail(reterr, "metadata: prehup.%s.%.60s: is not an object", list, name);
	json_object_foreach (object, key, v) {
		int at = conf_name_index(keys, key);

		if (at < 0)
			return conf_fail(reterr, "metadata: prehup.%s.%.60s.%.60s: no such key",
			        list, name, key);
		text[at] = conf_text_from_json(v);
		if (!text[at])
			return conf_fail(reterr,
			        "metadata: prehup.%s.%.60s.%s: is not a text (or has a NUL in it)",
			        list, name, key);
	}
	return 0;
}

/* Adds a hook.  Without a path it watches our own resource. */
static int add_json_hook(
        struct conf *cf, const char *name, char **text, char reterr[static CONF_ERR])
{
	char where[CONF_STR], why[CONF_ERR], warning[CONF_ERR], unknown[64];
	const char *triggers = text[HOOK_TRIGGERS] ? text[HOOK_TRIGGERS] : "";

	if (!cf->metadata_hooks)
		return conf_fail(reterr, "metadata: prehup.hooks: the guest takes no hooks from "
		                         "metadata (metadata-hooks = no)");
	if (!text[HOOK_PATH] &&
	        (conf_triggers(triggers, false, unknown, sizeof(unknown)) &
	                (TRIGGERS_OF_CHANGE | TRIGGER_RESTARTED)) &&
	        asprintf(&text[HOOK_PATH], "Resources.%s.Metadata", *cf->own ? cf->own : "local") <
	                0) {
		text[HOOK_PATH] = NULL;
		return conf_fail(reterr, "metadata: prehup: out of memory");
	}
	(void)snprintf(where, sizeof(where), "metadata: prehup.hooks.%.100s", name);
	if (conf_hook_add(cf, name, where, (const char *const *)text, why, warning) < 0)
		return conf_fail(reterr, "metadata: prehup.hooks.%.60s: %.200s", name, why);
	if (*warning)
		return conf_fail(reterr, "metadata: prehup.hooks.%.60s: %.200s", name, warning);
	return 0;
}

static int lay_hook(struct conf *cf, const char *name, json_t *object, char reterr[static CONF_ERR])
{
	char *text[HOOK_KEYS] = { NULL };
	int r = read_json_texts("hooks", name, object, hook_keys, text, reterr);

	if (r == 0)
		r = add_json_hook(cf, name, text, reterr);
	conf_free_texts(text, HOOK_KEYS);
	return r;
}

static int lay_target(
        struct conf *cf, const char *name, json_t *object, char reterr[static CONF_ERR])
{
	char *text[TARGET_KEYS] = { NULL }, where[CONF_STR], why[CONF_ERR];
	int r = read_json_texts("signals", name, object, target_keys, text, reterr);

	(void)snprintf(where, sizeof(where), "metadata: prehup.signals.%.100s", name);
	if (r == 0 && conf_target_add(cf, name, where, (const char *const *)text, why) < 0)
		r = conf_fail(reterr, "metadata: prehup.signals.%.60s: %.200s", name, why);
	conf_free_texts(text, TARGET_KEYS);
	return r;
}

/* Lays each object of a list, which may be missing. */
static int lay_list(struct conf *cf, const char *list, json_t *objects,
        int (*lay)(struct conf *, const char *, json_t *, char *), char reterr[static CONF_ERR])
{
	const char *name;
	json_t *v;

	if (objects && !json_is_object(objects))
		return conf_fail(reterr, "metadata: prehup.%s: is not an object", list);
	json_object_foreach (objects, name, v)
		if (lay(cf, name, v, reterr) < 0)
			return -EINVAL;
	return 0;
}

/* Applies settings before hooks, which use them as defaults. */
static int lay_all(struct conf *cf, const json_t *prehup, char reterr[static CONF_ERR])
{
	static const char *const names[] = { "hooks", "signals", "heat", "collect", "predict",
		"act", "health", NULL };
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)prehup, name, v) {
		int at = conf_name_index(names, name);

		if (at < 0)
			return conf_fail(reterr, "metadata: prehup.%.60s: no such section", name);
		if (at >= 2 && lay_section(cf, name, v, reterr) < 0)
			return -EINVAL;
	}
	if (lay_list(cf, names[0], json_object_get(prehup, names[0]), lay_hook, reterr) < 0)
		return -EINVAL;
	return lay_list(cf, names[1], json_object_get(prehup, names[1]), lay_target, reterr);
}

int conf_overlay(struct conf *ret, const struct conf *base, const json_t *prehup,
        const json_t *follow, char reterr[static CONF_ERR])
{
	char why[CONF_ERR];
	int r;

	if (prehup && !json_is_object(prehup))
		return conf_fail(reterr, "metadata: prehup: is not an object");
	*ret = *base;
	(void)conf_fail(reterr, "metadata: prehup: out of memory"); /* default error */
	r = conf_lists_copy(ret, base);
	if (r == 0 && prehup)
		r = lay_all(ret, prehup, reterr);
	if (r == 0)
		r = conf_sources(ret, follow);
	if (r == 0 && conf_keys_agree(ret, why) < 0)
		r = conf_fail(reterr, "metadata: prehup: %.200s", why);
	if (r < 0)
		conf_free(ret);
	return r;
}
