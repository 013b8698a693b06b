/* SPDX-License-Identifier: Apache-2.0 */
/* ini_edit.h - private to ini.c: functions that build a struct ini. */
#ifndef AGENT_CONF_INI_EDIT_H
#define AGENT_CONF_INI_EDIT_H

#include "agent/conf/ini.h"

/* The section of this name, made when new; NULL: no memory. */
struct ini_section *ini_edit_section(
        struct ini *ini, const char *name, const char *file, unsigned line);

/* An empty value for a key, in place of an earlier file's.  *ret_twice: this file has had it. */
struct ini_value *ini_edit_value(
        struct ini_section *s, const char *key, const char *file, unsigned line, bool *ret_twice);

/* Adds text to a value behind so many line ends. */
int ini_edit_append(struct ini_value *v, const char *text, unsigned newlines);

int ini_edit_copy(struct ini *ret, const struct ini *from);

#endif
