/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_hook.h - hooks and signal targets from texts, wherever those come from.  For conf_*.c.
 */
#ifndef AGENT_CONF_CONF_HOOK_H
#define AGENT_CONF_CONF_HOOK_H

#include "agent/conf/conf.h"

enum {
	HOOK_TRIGGERS,
	HOOK_PATH,
	HOOK_ACTION,
	HOOK_RUNAS,
	HOOK_TIMEOUT,
	HOOK_RETRIES,
	HOOK_UMASK,
	HOOK_CLEARS,
	HOOK_KEYS
};
enum {
	TARGET_TYPE,
	TARGET_URL,
	TARGET_WHEN,
	TARGET_METRIC,
	TARGET_INPUT,
	TARGET_INPUT_AS,
	TARGET_SIGNAL,
	TARGET_RESOURCE_NAME,
	TARGET_AUTH_URL,
	TARGET_APP_ID,
	TARGET_APP_SECRET,
	TARGET_REGION,
	TARGET_KEYS
};

extern const char *const hook_keys[]; /* their names, NULL-terminated */
extern const char *const target_keys[];

/*
 * Adds a hook to cf. Returns 0, or -EINVAL with the mistake in reterr and cf unchanged. retwarn
 * gets a warning, "" without one.
 */
int conf_hook_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR]);

int conf_target_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static TARGET_KEYS], char reterr[static CONF_ERR]);

/*
 * Returns a copy of n bytes that lives as long as cf and the confs laid over it.  It is wiped when it is freed.
 * NULL: out of memory.
 */
void *conf_keep(struct conf *cf, const void *data, size_t n);

/* A string of a hook or target, and its text; NULL is stored as "". */
struct conf_text {
	const char **to, *text;
};

/* Stores copies of n texts.  Returns 0 or -ENOMEM. */
int conf_keep_texts(struct conf *cf, const struct conf_text *texts, size_t n);

/* Wipes and frees n texts, NULL among them. */
void conf_free_texts(char **text, int n);

/* Copies all lists into `ret`, a plain copy of `from`.  Returns 0 or -ENOMEM; conf_free() releases `ret` in both cases. */
int conf_lists_copy(struct conf *ret, const struct conf *from);

#endif
