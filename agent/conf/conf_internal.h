/* SPDX-License-Identifier: Apache-2.0 */
/* conf_internal.h - private to conf_*.c: the readers of files, and hooks, signals and sources from texts. */
#ifndef AGENT_CONF_CONF_INTERNAL_H
#define AGENT_CONF_CONF_INTERNAL_H

#include "agent/conf/conf.h"
#include "agent/conf/ini.h"

/* Merges a file into ini.  Returns 0 or -errno; everything but -ENOENT is reported. */
int conf_read_ini(struct ini *ini, const char *path, struct conf_report *rep);

/* Paths of cfn-hup's files.  Option -c names a folder of hooks, or one with a cfn-hup.conf. */
struct cfn_paths {
	char main[CONF_STR], hooks[CONF_STR], dir[CONF_STR];
};
void cfn_paths(struct cfn_paths *ret, const char *hooks_dir);

/* Reads hooks.conf and the files of hooks.d, in the C locale's order.  Returns how many were read. */
unsigned conf_cfn_read_hooks(
        struct ini *ini, const struct conf *cf, const struct cfn_paths *p, struct conf_report *rep);

/* Applies [main] of the merged files to cf. */
void conf_cfn_apply_main(struct conf *cf, const struct ini *ini, struct conf_report *rep);

/* Adds every other section as a hook. */
void conf_cfn_apply_hooks(struct conf *cf, const struct ini *ini, struct conf_report *rep);

/* Applies cfn-metadata-server and cfn-boto-cfg of /var/lib/heat-cfntools. */
void conf_cfn_apply_guest(struct conf *cf, struct conf_report *rep);

/* Reads the two keys of cf->credential_file.  Returns 0, or -EINVAL, reported. */
int conf_cfn_read_credentials(struct conf *cf, struct conf_report *rep);

/* Adds a hook from the keys of one section; unknown keys are reported. */
void conf_hook_section(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        const char *name, struct conf_report *rep);

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
 * Adds a hook to cf.  Returns 0, or -EINVAL or -ENOMEM with the mistake in reterr.  retwarn receives a warning, "" if
 * there is none.
 */
int conf_hook_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static HOOK_KEYS], char reterr[static CONF_ERR],
        char retwarn[static CONF_ERR]);

/* Adds a signal.  Returns 0, or -EINVAL or -ENOMEM with the mistake in reterr. */
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

extern const char *const source_keys[]; /* NULL-terminated */
enum { SOURCE_KEYS = 16 };

/* Adds a source.  Returns 0, or -EINVAL or -ENOMEM with the mistake in reterr. */
int conf_source_add(struct conf *cf, const char *name, const char *const text[static SOURCE_KEYS],
        char reterr[static CONF_ERR]);

/*
 * Reads /etc/os-collect-config.conf.  Returns a new object of objects, with the keys of DEFAULT at its top, as metadata
 * has it; NULL if there is no file or it cannot be read, which is reported.
 */
json_t *conf_occ_read(struct conf_report *rep);

/* Returns a new object: `over` laid on `base` key by key, where null removes a key.  NULL: out of memory. */
json_t *conf_occ_merge(const json_t *base, const json_t *over);

/* Lists the collectors of os-collect-config that have all their settings, in order.  Returns their number. */
unsigned conf_occ_sources(
        const json_t *occ, const struct conf *cf, struct source *ret, unsigned max);

/* Warns of each collector in the list that has some of its settings and lacks one; `file` is for the message. */
void conf_occ_unconfigured(const json_t *occ, const char *file, struct conf_report *rep);

/* Applies the settings that os-collect-config.conf has too: interval, command, folders. */
void conf_occ_apply(struct conf *cf, const json_t *occ);

#endif
