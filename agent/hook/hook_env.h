/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook_env.h - the environment of a hook: NAME=value strings, and files for values too large for it.
 */
#ifndef AGENT_HOOK_HOOK_ENV_H
#define AGENT_HOOK_HOOK_ENV_H

#include <jansson.h>

enum {
	HOOK_ENV_MAX = 24,
	HOOK_ENV_VALUE = 64 << 10, /* bytes; the kernel accepts 128 KiB a string */
};

struct hook_env {
	unsigned count;
	char *at[HOOK_ENV_MAX + 1]; /* NULL-terminated, for struct child_spec */
	unsigned files;
	char *file[2];
};

/*
 * Adds NAME=text. A text that is too large or holds a NUL is written to a file that only `user` can
 * read, and NAME_FILE=path is added instead. Returns 0 or -errno.
 */
int hook_env_text(
        struct hook_env *e, const char *name, const char *text, size_t len, const char *user);

/* Adds a string unchanged, other values as JSON text; nothing for NULL. */
int hook_env_json(struct hook_env *e, const char *name, const json_t *value, const char *user);

void hook_env_clear(struct hook_env *e); /* removes the files, too */

#endif
