/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/text.h"
#include "agent/conf/conf_hook.h"
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

/* The next word of a path, up to a dot that no backslash escapes; NULL: none.  To be freed. */
static char *path_word(const char **s)
{
	char *word = strdup(*s), *to = word;

	if (!word || !**s) {
		free(word);
		return NULL;
	}
	while (**s && **s != '.') {
		if ((*s)[0] == '\\' && (*s)[1] == '.')
			(*s)++;
		*to++ = *(*s)++;
	}
	*to = '\0';
	*s += **s == '.';
	return word;
}

static int path_subkeys(struct hook *k, const char *s, char reterr[static CONF_ERR])
{
	for (unsigned n = 0; *s; n++) {
		if (n == KEYS_MAX) {
			(void)snprintf(reterr, CONF_ERR, "path has more than %d parts", KEYS_MAX);
			return -EINVAL;
		}
		k->subkey[n] = path_word(&s);
		if (!k->subkey[n])
			return -ENOMEM;
	}
	return 0;
}

/* "Resources.ID", "Resources.ID.Metadata.a.b", "Resources.ID.PhysicalResourceId". */
static int set_path(struct hook *k, const char *path, bool heat, char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR])
{
	const char *s = path;
	char *first = path_word(&s), *third = NULL;
	int r = 0;

	k->resource = path_word(&s);
	k->subkey = calloc(KEYS_MAX + 1, sizeof(*k->subkey));
	if (!k->resource || !*k->resource || !k->subkey) {
		(void)snprintf(reterr, CONF_ERR,
		        "path \"%.100s\" names no resource (Resources.NAME.Metadata)", path);
		r = -EINVAL;
	} else if (first && strcasecmp(first, "Resources") != 0) {
		(void)snprintf(
		        retwarn, CONF_ERR, "path \"%.100s\" should begin with Resources.", path);
	}
	if (r == 0 && !heat)
		third = path_word(&s);
	if (third && strcasecmp(third, "Metadata") == 0)
		r = path_subkeys(k, s, reterr);
	else if (third && strcasecmp(third, "PhysicalResourceId") == 0)
		k->watches = WATCH_PHYSICAL_ID;
	else if (third && *third)
		(void)snprintf(retwarn, CONF_ERR,
		        "path \"%.100s\": only Metadata and PhysicalResourceId can be watched; "
		        "taken as "
		        "Metadata",
		        path);
	free(first);
	free(third);
	return r;
}

static int set_numbers(
        struct hook *k, const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR])
{
	double v;
	char *end;

	if (text[HOOK_TIMEOUT]) {
		if (conf_seconds(text[HOOK_TIMEOUT], &v) < 0 || v < 1 || v > 86400) {
			(void)snprintf(reterr, CONF_ERR,
			        "timeout \"%.60s\" is no time from 1s to 1d", text[HOOK_TIMEOUT]);
			return -EINVAL;
		}
		k->timeout_s = (unsigned)v;
	}
	if (text[HOOK_RETRIES]) {
		unsigned long n = strtoul(text[HOOK_RETRIES], &end, 10);

		if (*end || end == text[HOOK_RETRIES] || n > 1000 || text[HOOK_RETRIES][0] == '-') {
			(void)snprintf(reterr, CONF_ERR,
			        "retries \"%.60s\" is no number from 0 to 1000",
			        text[HOOK_RETRIES]);
			return -EINVAL;
		}
		k->retries = (unsigned)n;
	}
	if (text[HOOK_UMASK]) {
		unsigned long n = strtoul(text[HOOK_UMASK], &end, 8);

		if (*end || end == text[HOOK_UMASK] || n > 0777) {
			(void)snprintf(reterr, CONF_ERR, "umask \"%.60s\" is no octal mode",
			        text[HOOK_UMASK]);
			return -EINVAL;
		}
		k->umask = (mode_t)n;
	}
	return 0;
}

void conf_hook_free(struct hook *k)
{
	for (char **s = k->subkey; s && *s; s++)
		free(*s);
	free(k->subkey);
	free(k->name);
	free(k->where);
	free(k->path);
	free(k->resource);
	free(k->action);
	free(k->runas);
	free(k->clears);
	*k = (struct hook){ 0 };
}

static int set_triggers(const struct conf *cf, struct hook *k, const char *text,
        char reterr[static CONF_ERR], char retwarn[static CONF_ERR])
{
	char unknown[64];

	if (!text || !*text) {
		(void)snprintf(reterr, CONF_ERR, "no triggers");
		return -EINVAL;
	}
	k->triggers = conf_triggers(text, cf->triggers_substring, unknown, sizeof(unknown));
	if (!k->triggers) {
		(void)snprintf(reterr, CONF_ERR, "no known trigger in triggers \"%.100s\"", text);
		return -EINVAL;
	}
	if (strcmp(unknown, "on.command") == 0)
		(void)snprintf(retwarn, CONF_ERR, "trigger on.command has no equivalent in Heat");
	else if (*unknown)
		(void)snprintf(retwarn, CONF_ERR, "unknown trigger \"%s\" is ignored", unknown);
	return 0;
}

/* "RESOURCE pre-update": two words, the second one of Heat's stack hooks. */
static int set_clears(struct hook *k, const char *text, char reterr[static CONF_ERR])
{
	static const char *const known[] = { "pre-create", "pre-update", "pre-delete",
		"post-create", "post-update", "post-delete" };
	const char *blank = strchr(text, ' ');
	bool good = *text == '\0';

	for (size_t i = 0; blank && i < ARRAY_SIZE(known); i++)
		good |= blank > text && strcmp(blank + 1, known[i]) == 0;
	if (!good) {
		(void)snprintf(reterr, CONF_ERR,
		        "clears \"%.60s\" is not RESOURCE and one of pre-create pre-update "
		        "pre-delete post-create post-update post-delete",
		        text);
		return -EINVAL;
	}
	k->clears = strdup(text);
	return k->clears ? 0 : -ENOMEM;
}

/* Everything of a hook but its name and place. */
static int fill_conf_hook(const struct conf *cf, struct hook *k,
        const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR])
{
	const char *path = text[HOOK_PATH] ? text[HOOK_PATH] : "";
	int r = set_triggers(cf, k, text[HOOK_TRIGGERS], reterr, retwarn);

	if (r < 0)
		return r;
	if (!text[HOOK_ACTION] || !*text[HOOK_ACTION]) {
		(void)snprintf(reterr, CONF_ERR, "no action");
		return -EINVAL;
	}
	if (!*path && (k->triggers & (TRIGGERS_OF_CHANGE | TRIGGER_RESTARTED))) {
		(void)snprintf(reterr, CONF_ERR, "no path");
		return -EINVAL;
	}
	k->path = strdup(path);
	k->action = strdup(text[HOOK_ACTION]);
	k->runas = strdup(text[HOOK_RUNAS] ? text[HOOK_RUNAS] : "");
	if (*path) {
		r = set_path(k, path, cf->path_heat, reterr, retwarn);
	} else {
		k->resource = strdup("");
		k->subkey = calloc(1, sizeof(*k->subkey));
	}
	if (r == 0 && (!k->path || !k->action || !k->runas || !k->resource || !k->subkey))
		r = -ENOMEM;
	if (r == 0)
		r = set_clears(k, text[HOOK_CLEARS] ? text[HOOK_CLEARS] : "", reterr);
	return r < 0 ? r : set_numbers(k, text, reterr);
}

int conf_hook_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR])
{
	struct hook k = {
		.timeout_s = cf->hook_timeout_s, .retries = cf->hook_retries, .umask = 022
	};
	int r;

	*retwarn = '\0';
	(void)snprintf(reterr, CONF_ERR, "out of memory");
	for (unsigned i = 0; i < cf->hook_count; i++) {
		if (strcmp(cf->hook[i].name, name) == 0) {
			(void)snprintf(reterr, CONF_ERR, "there is a hook of this name at %.100s",
			        cf->hook[i].where);
			return -EINVAL;
		}
	}
	if (cf->hook_count == HOOK_MAX) {
		(void)snprintf(reterr, CONF_ERR, "more than %d hooks", HOOK_MAX);
		return -EINVAL;
	}
	if (!cf->hook)
		cf->hook = calloc(HOOK_MAX, sizeof(*cf->hook));
	r = cf->hook ? fill_conf_hook(cf, &k, text, reterr, retwarn) : -ENOMEM;
	k.name = strdup(name);
	k.where = strdup(where);
	if (r < 0 || !k.name || !k.where) {
		conf_hook_free(&k);
		return r < 0 ? r : -ENOMEM;
	}
	cf->hook[cf->hook_count++] = k;
	return 0;
}
