/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "agent/conf/conf_keys.h"

const char *const hook_keys[] = { [HOOK_TRIGGERS] = "triggers",
	[HOOK_PATH] = "path",
	[HOOK_ACTION] = "action",
	[HOOK_RUNAS] = "runas",
	[HOOK_TIMEOUT] = "timeout",
	[HOOK_RETRIES] = "retries",
	[HOOK_UMASK] = "umask",
	[HOOK_CLEARS] = "clears",
	[HOOK_KEYS] = NULL };

static const struct {
	enum trigger bit;
	const char *name;
} triggers[] = {
	{ TRIGGER_ADD, "post.add" },
	{ TRIGGER_UPDATE, "post.update" },
	{ TRIGGER_REMOVE, "post.remove" },
	{ TRIGGER_RESTARTED, "service.restarted" },
	{ TRIGGER_RAISED, "predict.raised" },
	{ TRIGGER_CLEARED, "predict.cleared" },
};

enum { TRIGGERS = ARRAY_SIZE(triggers), KEYS_MAX = 64 };

const char *trigger_name(enum trigger t)
{
	for (int i = 0; i < TRIGGERS; i++)
		if (triggers[i].bit == t)
			return triggers[i].name;
	return "?";
}

unsigned conf_triggers(const char *text, bool substring, char *unknown, size_t size)
{
	unsigned found = 0;

	*unknown = '\0';
	for (int i = 0; substring && i < TRIGGERS; i++)
		if (strstr(text, triggers[i].name))
			found |= triggers[i].bit;
	for (const char *w = text; !substring && *w;) {
		size_t n = strcspn(w, ", \t\n");
		bool known = n == 0;

		for (int i = 0; i < TRIGGERS; i++) {
			if (strlen(triggers[i].name) == n && strncmp(w, triggers[i].name, n) == 0) {
				found |= triggers[i].bit;
				known = true;
			}
		}
		if (!known && !*unknown)
			(void)snprintf(unknown, size, "%.*s", (int)(n < 60 ? n : 60), w);
		w += n + (w[n] != '\0');
	}
	return found;
}

/* Cuts the next word off a path, up to a dot that no backslash escapes.  Returns NULL at the end. */
static char *cut_path_word(char **path)
{
	char *word = *path, *from = word, *to = word;

	if (!*word)
		return NULL;
	while (*from && *from != '.') {
		if (from[0] == '\\' && from[1] == '.')
			from++;
		*to++ = *from++;
	}
	*path = from + (*from == '.');
	*to = '\0';
	return word;
}

/* Stores the rest of a path as the hook's subkeys. */
static int set_subkeys(struct conf *cf, struct hook *k, char *s, char reterr[static CONF_ERR])
{
	const char *word[KEYS_MAX + 1];
	size_t n = 0;

	while (n < KEYS_MAX && *s)
		word[n++] = cut_path_word(&s);
	if (*s)
		return conf_fail(reterr, "path has more than %d parts", KEYS_MAX);
	word[n++] = NULL;
	k->subkey = conf_keep(cf, word, n * sizeof(*word));
	return k->subkey ? 0 : -ENOMEM;
}

/* Parses "Resources.ID", "Resources.ID.Metadata.a.b" or "Resources.ID.PhysicalResourceId". */
static int set_path(struct conf *cf, struct hook *k, char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR])
{
	char *s = conf_keep(cf, k->path, strlen(k->path) + 1), *first, *third;

	if (!s)
		return -ENOMEM;
	first = cut_path_word(&s);
	k->resource = cut_path_word(&s);
	if (!k->resource || !*k->resource)
		return conf_fail(reterr,
		        "path \"%.100s\" names no resource (Resources.NAME.Metadata)", k->path);
	if (strcasecmp(first, "Resources") != 0)
		(void)snprintf(
		        retwarn, CONF_ERR, "path \"%.100s\" should begin with Resources.", k->path);
	third = cf->path_heat ? NULL : cut_path_word(&s);
	if (third && strcasecmp(third, "Metadata") == 0)
		return set_subkeys(cf, k, s, reterr);
	if (third && strcasecmp(third, "PhysicalResourceId") == 0)
		k->watches = WATCH_PHYSICAL_ID;
	else if (third && *third)
		(void)snprintf(retwarn, CONF_ERR,
		        "path \"%.100s\": only Metadata and PhysicalResourceId can be watched; "
		        "taken as Metadata",
		        k->path);
	return 0;
}

/* Parses a number of at most `most`; a missing text leaves *ret.  Returns false if it is none. */
static bool parse_hook_number(const char *text, int base, unsigned long most, unsigned *ret)
{
	unsigned long n;
	char *end;

	if (!text)
		return true;
	n = strtoul(text, &end, base);
	if (*end || end == text || n > most || *text == '-')
		return false;
	*ret = (unsigned)n;
	return true;
}

static int set_numbers(
        struct hook *k, const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR])
{
	double timeout_s = k->timeout_s;

	if (text[HOOK_TIMEOUT] && (conf_seconds(text[HOOK_TIMEOUT], &timeout_s) < 0 ||
	                                  timeout_s < 1 || timeout_s > 86400))
		return conf_fail(reterr, "timeout \"%.60s\" is not a time from 1s to 1d",
		        text[HOOK_TIMEOUT]);
	k->timeout_s = (unsigned)timeout_s;
	if (!parse_hook_number(text[HOOK_RETRIES], 10, 1000, &k->retries))
		return conf_fail(reterr, "retries \"%.60s\" is not a number from 0 to 1000",
		        text[HOOK_RETRIES]);
	if (!parse_hook_number(text[HOOK_UMASK], 8, 0777, &k->umask))
		return conf_fail(reterr, "umask \"%.60s\" is not an octal mode", text[HOOK_UMASK]);
	return 0;
}

static int set_triggers(const struct conf *cf, struct hook *k, const char *text,
        char reterr[static CONF_ERR], char retwarn[static CONF_ERR])
{
	char unknown[64];

	if (!text || !*text)
		return conf_fail(reterr, "no triggers");
	k->triggers = conf_triggers(text, cf->triggers_substring, unknown, sizeof(unknown));
	if (!k->triggers)
		return conf_fail(reterr, "no known trigger in triggers \"%.100s\"", text);
	if (strcmp(unknown, "on.command") == 0)
		(void)snprintf(retwarn, CONF_ERR, "trigger on.command has no equivalent in Heat");
	else if (*unknown)
		(void)snprintf(retwarn, CONF_ERR, "unknown trigger \"%s\" is ignored", unknown);
	return 0;
}

/* Parses "RESOURCE pre-update": a resource and one of Heat's stack hooks. */
static int check_clears(const char *text, char reterr[static CONF_ERR])
{
	static const char known[] =
	        "pre-create pre-update pre-delete post-create post-update post-delete";
	const char *blank = strchr(text, ' ');

	if (!*text || (blank && blank > text &&
	                      conf_word_index(known, blank + 1, strlen(blank + 1)) >= 0))
		return 0;
	return conf_fail(reterr, "clears \"%.60s\" is not RESOURCE and one of %s", text, known);
}

/* Fills in a hook that has its defaults, name and place. */
static int fill_conf_hook(struct conf *cf, struct hook *k, const char *const text[static HOOK_KEYS],
        char reterr[static CONF_ERR], char retwarn[static CONF_ERR])
{
	const struct conf_text texts[] = { { &k->path, text[HOOK_PATH] },
		{ &k->action, text[HOOK_ACTION] }, { &k->runas, text[HOOK_RUNAS] },
		{ &k->clears, text[HOOK_CLEARS] } };
	int r = set_triggers(cf, k, text[HOOK_TRIGGERS], reterr, retwarn);

	if (r == 0)
		r = conf_keep_texts(cf, texts, ARRAY_SIZE(texts));
	if (r < 0)
		return r;
	if (!*k->action)
		return conf_fail(reterr, "no action");
	if (!*k->path && (k->triggers & (TRIGGERS_OF_CHANGE | TRIGGER_RESTARTED)))
		return conf_fail(reterr, "no path");
	if (*k->path)
		r = set_path(cf, k, reterr, retwarn);
	if (r == 0)
		r = check_clears(k->clears, reterr);
	return r < 0 ? r : set_numbers(k, text, reterr);
}

int conf_hook_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR])
{
	static const char *const no_subkeys[] = { NULL };
	struct hook k = { .resource = "",
		.subkey = no_subkeys,
		.timeout_s = cf->hook_timeout_s,
		.retries = cf->hook_retries,
		.umask = 022 };
	const struct conf_text texts[] = { { &k.name, name }, { &k.where, where } };
	int r;

	*retwarn = '\0';
	for (unsigned i = 0; i < cf->hook_count; i++)
		if (strcmp(cf->hook[i].name, name) == 0)
			return conf_fail(reterr, "there is a hook of this name at %.100s",
			        cf->hook[i].where);
	if (cf->hook_count == HOOK_MAX)
		return conf_fail(reterr, "more than %d hooks", HOOK_MAX);
	(void)conf_fail(reterr, "out of memory");
	if (!cf->hook)
		cf->hook = reallocarray(NULL, HOOK_MAX, sizeof(*cf->hook));
	if (!cf->hook || conf_keep_texts(cf, texts, ARRAY_SIZE(texts)) < 0)
		return -ENOMEM;
	r = fill_conf_hook(cf, &k, text, reterr, retwarn);
	if (r == 0)
		cf->hook[cf->hook_count++] = k;
	return r;
}
