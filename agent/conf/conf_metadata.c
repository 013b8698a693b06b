/* SPDX-License-Identifier: Apache-2.0 */
/* conf_metadata.c - the `prehup` object of metadata, laid over the files' settings as a whole. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "agent/conf/conf_hook.h"
#include "agent/conf/conf_keys.h"

enum { TEXT_MAX = 64 << 10 };

__attribute__((format(printf, 2, 3))) static int fail_conf_metadata(
        char reterr[static CONF_ERR], const char *fmt, ...)
{
	char what[CONF_ERR - 20];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(reterr, CONF_ERR, "metadata: prehup%s", what);
	return -EINVAL;
}

static bool has_nul(const json_t *v)
{
	return strlen(json_string_value(v)) != json_string_length(v);
}

/* An array of words, one blank between two. */
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
 * Returns the text that the value has in a configuration file, or NULL if it cannot stand there.
 * The caller frees it.
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
		return fail_conf_metadata(reterr, ".%s: is not an object", section);
	json_object_foreach (keys, name, v) {
		const struct conf_key *k = conf_key_find(section, name);
		auto_free char *text = json_is_object(v) ? NULL : conf_text_from_json(v);
		char why[CONF_ERR];

		if (!k)
			return fail_conf_metadata(
			        reterr, ".%s.%.60s: no such setting", section, name);
		if (!k->remote)
			return fail_conf_metadata(reterr,
			        ".%s.%s: only a file on the guest may set this", section, name);
		if (!text)
			return fail_conf_metadata(reterr,
			        ".%s.%s: is no text, number or list of words", section, name);
		if (conf_key_set(cf, k, text, why) < 0)
			return fail_conf_metadata(reterr, ".%s.%s: %.200s", section, name, why);
	}
	return 0;
}

/* The texts of one hook's or signal's keys, in the order of `keys`.  Free them all in any case. */
static int take_texts(const char *list, const char *name, json_t *object, const char *const *keys,
        char **text, char reterr[static CONF_ERR])
{
	const char *key;
	json_t *v;

	if (!json_is_object(object))
		return fail_conf_metadata(reterr, ".%s.%.60s: is not an object", list, name);
	json_object_foreach (object, key, v) {
		int i = 0;

		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			return fail_conf_metadata(
			        reterr, ".%s.%.60s.%.60s: no such key", list, name, key);
		text[i] = conf_text_from_json(v);
		if (!text[i])
			return fail_conf_metadata(reterr,
			        ".%s.%.60s.%s: is no text (or has a NUL in it)", list, name, key);
	}
	return 0;
}

/* A change is a change of our own resource, when no path says otherwise. */
static int default_path(const struct conf *cf, char **path)
{
	return asprintf(path, "Resources.%s.Metadata", *cf->own ? cf->own : "local") < 0 ? -ENOMEM
	                                                                                 : 0;
}

static int lay_hook(struct conf *cf, const char *name, json_t *object, char reterr[static CONF_ERR])
{
	char *text[HOOK_KEYS + 1] = { NULL }, where[CONF_STR], why[CONF_ERR] = "", warn[CONF_ERR];
	char unknown[64];
	int r = take_texts("hooks", name, object, hook_keys, text, reterr);

	(void)snprintf(where, sizeof(where), "metadata: prehup.hooks.%.100s", name);
	if (r == 0 && !cf->metadata_hooks)
		r = fail_conf_metadata(reterr,
		        ".hooks: the guest takes no hooks from metadata (metadata-hooks = no)");
	if (r == 0 && !text[HOOK_PATH] && text[HOOK_TRIGGERS] &&
	        (conf_triggers(text[HOOK_TRIGGERS], false, unknown, sizeof(unknown)) &
	                (TRIGGERS_OF_CHANGE | TRIGGER_RESTARTED)))
		r = default_path(cf, &text[HOOK_PATH]);
	if (r == 0 && conf_hook_add(cf, name, where, (const char *const *)text, why, warn) < 0)
		r = fail_conf_metadata(reterr, ".hooks.%.60s: %.200s", name, why);
	else if (r == 0 && *warn)
		r = fail_conf_metadata(reterr, ".hooks.%.60s: %.200s", name, warn);
	for (int i = 0; i < HOOK_KEYS; i++)
		free(text[i]);
	return r;
}

static int lay_target(
        struct conf *cf, const char *name, json_t *object, char reterr[static CONF_ERR])
{
	char *text[TARGET_KEYS + 1] = { NULL }, where[CONF_STR], why[CONF_ERR] = "";
	int r = take_texts("signals", name, object, target_keys, text, reterr);

	(void)snprintf(where, sizeof(where), "metadata: prehup.signals.%.100s", name);
	if (r == 0 && conf_target_add(cf, name, where, (const char *const *)text, why) < 0)
		r = fail_conf_metadata(reterr, ".signals.%.60s: %.200s", name, why);
	for (int i = 0; i < TARGET_KEYS; i++)
		free(text[i]);
	return r;
}

static int lay_list(struct conf *cf, const char *list, json_t *objects,
        int (*lay)(struct conf *, const char *, json_t *, char *), char reterr[static CONF_ERR])
{
	const char *name;
	json_t *v;
	int r = 0;

	if (!json_is_object(objects))
		return fail_conf_metadata(reterr, ".%s: is not an object", list);
	json_object_foreach (objects, name, v)
		if (r == 0)
			r = lay(cf, name, v, reterr);
	return r;
}

/* Settings first: hooks take their defaults from them. */
static int lay_all(struct conf *cf, const json_t *prehup, char reterr[static CONF_ERR])
{
	static const char *const sections[] = { "heat", "collect", "predict", "act", "health" };
	const char *name;
	json_t *v;
	int r = 0;

	json_object_foreach ((json_t *)(uintptr_t)prehup, name, v) {
		bool known = strcmp(name, "hooks") == 0 || strcmp(name, "signals") == 0;

		for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
			if (strcmp(name, sections[i]) == 0) {
				known = true;
				r = r < 0 ? r : lay_section(cf, name, v, reterr);
			}
		}
		if (r == 0 && !known)
			r = fail_conf_metadata(reterr, ".%.60s: no such section", name);
	}
	v = json_object_get(prehup, "hooks");
	if (r == 0 && v)
		r = lay_list(cf, "hooks", v, lay_hook, reterr);
	v = json_object_get(prehup, "signals");
	if (r == 0 && v)
		r = lay_list(cf, "signals", v, lay_target, reterr);
	return r;
}

int conf_overlay(struct conf *ret, const struct conf *base, const json_t *prehup,
        const json_t *follow, char reterr[static CONF_ERR])
{
	char why[CONF_ERR];
	int r;

	if (prehup && !json_is_object(prehup))
		return fail_conf_metadata(reterr, ": is not an object");
	*ret = *base;
	(void)fail_conf_metadata(reterr, ": out of memory"); /* unless there is more to say */
	r = conf_lists_copy(ret, base);
	if (r == 0 && prehup)
		r = lay_all(ret, prehup, reterr);
	if (r == 0)
		r = conf_sources(ret, follow);
	if (r == 0 && conf_keys_agree(ret, why) < 0)
		r = fail_conf_metadata(reterr, ": %.200s", why);
	if (r < 0)
		conf_free(ret);
	return r;
}
