/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ini.h - INI files as Python's ConfigParser reads them: the dialect cfn-hup's users write.
 *
 * Our own, because no C library has this dialect (inih, iniparser: inline comments, no
 * interpolation, no [DEFAULT], no blank lines within a value).  Several files are merged into
 * one, later ones win; each value remembers where it came from.
 */
#ifndef AGENT_CONF_INI_H
#define AGENT_CONF_INI_H

#include <stdbool.h>
#include <stddef.h>

enum {
	INI_FILE_MAX = 1 << 20, /* bytes of one file; a hook's action is a line, not a program */
	INI_ERR = 320,
};

struct ini_value {
	char *key;   /* lower case */
	char *text;  /* as written, lines joined with \n, before interpolation */
	char *where; /* "/etc/cfn/hooks.conf:12" */
};

struct ini_section {
	char *name;          /* "DEFAULT" is kept apart, in struct ini */
	char *where;         /* of its first header */
	const char *seen_in; /* the file being read, once it has had this header */
	struct ini_value *value;
	unsigned count;
};

struct ini {
	struct ini_section defaults;
	struct ini_section *section; /* in the order in which they first appear */
	unsigned count;
};

/*
 * Merges text (NUL-terminated, `len` bytes) into `ini`. `file` stands for the text in messages. On
 * a syntax error returns -EINVAL with "file:line: mistake" in reterr, and leaves ini unchanged.
 */
int ini_parse(struct ini *ini, const char *file, const char *text, size_t len,
        char reterr[static INI_ERR]);

const struct ini_section *ini_find(const struct ini *ini, const char *name); /* NULL: none */

/*
 * The value of a key, interpolated (%% and %(name)s, up to 10 deep); the section's own, else that
 * of [DEFAULT].  *ret is the caller's to free; *ret_where stays the ini's.  -ENOENT: no such key.
 * A `%` that is neither: taken as it is when `lenient` (and *ret_odd set), else -EINVAL.
 */
int ini_get(const struct ini *ini, const struct ini_section *s, const char *key, bool lenient,
        char **ret, const char **ret_where, bool *ret_odd, char reterr[static INI_ERR]);

void ini_free(struct ini *ini); /* and leaves it empty */

#endif
