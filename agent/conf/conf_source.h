/* SPDX-License-Identifier: Apache-2.0 */
/* conf_source.h - where metadata comes from: [source NAME], and os-collect-config's file.  For conf_*.c. */
#ifndef AGENT_CONF_CONF_SOURCE_H
#define AGENT_CONF_CONF_SOURCE_H

#include "agent/conf/conf.h"

extern const char *const source_keys[]; /* NULL-terminated */
enum { SOURCE_KEYS = 16 };

/* Adds a source. Returns 0, or -EINVAL with the mistake in reterr and cf unchanged. */
int conf_source_add(struct conf *cf, const char *name, const char *const text[static SOURCE_KEYS],
        char reterr[static CONF_ERR]);

/*
 * /etc/os-collect-config.conf as an object of objects, DEFAULT's keys at its top: the form that
 * metadata has too.  NULL: no such file (or, reported, not to be read).
 */
json_t *conf_occ_read(struct conf_report *rep);

/* `over` laid on `base`: groups key by key, null takes away.  A new reference; NULL: no memory. */
json_t *conf_occ_merge(const json_t *base, const json_t *over);

/* Which of os-collect-config's collectors are set up, in their order: at most `max` of them. */
unsigned conf_occ_sources(
        const json_t *occ, const struct conf *cf, struct source *ret, unsigned max);

/* Reports collectors that are named and have all settings but some, as `file` says: a warning each. */
void conf_occ_unconfigured(const json_t *occ, const char *file, struct conf_report *rep);

/* Settings that os-collect-config.conf has too: interval, command, folders. */
void conf_occ_apply(struct conf *cf, const json_t *occ);

#endif
