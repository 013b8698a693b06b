/* SPDX-License-Identifier: Apache-2.0 */
/* conf_internal.h - what conf.c reads from which files, one function each.  For conf_*.c. */
#ifndef AGENT_CONF_CONF_INTERNAL_H
#define AGENT_CONF_CONF_INTERNAL_H

#include "agent/conf/conf.h"
#include "agent/conf/ini.h"

__attribute__((format(printf, 3, 4))) void conf_report_add(
        struct conf_report *rep, bool error, const char *fmt, ...);

/* Merges a file into ini.  -ENOENT without a word; anything else that fails is reported. */
int conf_read_ini(struct ini *ini, const char *path, struct conf_report *rep);

/* Where cfn-hup's files are, by what -c said (C2). */
struct cfn_paths {
	char main[CONF_STR], hooks[CONF_STR], dir[CONF_STR];
};
void cfn_paths(struct cfn_paths *ret, const char *hooks_dir);

/* hooks.conf and the files of hooks.d, in the C locale's order: how many were read. */
unsigned conf_cfn_read_hooks(
        struct ini *ini, const struct conf *cf, const struct cfn_paths *p, struct conf_report *rep);

/* [main] of the merged files over cf.  Errors are reported. */
void conf_cfn_apply_main(struct conf *cf, const struct ini *ini, struct conf_report *rep);

/* Every other section as a hook. */
void conf_cfn_apply_hooks(struct conf *cf, const struct ini *ini, struct conf_report *rep);

/* /var/lib/heat-cfntools: cfn-metadata-server and cfn-boto-cfg. */
void conf_cfn_apply_guest(struct conf *cf, struct conf_report *rep);

/* The two keys out of cf->credential_file.  0 or -EINVAL, reported. */
int conf_cfn_read_credentials(struct conf *cf, struct conf_report *rep);

/* A hook from the keys of one section; unknown keys are reported. */
void conf_hook_section(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        const char *name, struct conf_report *rep);

#endif
