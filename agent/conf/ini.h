/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ini.h - INI files in the dialects of Python's ConfigParser (cfn-hup's files, prehup.conf) and of oslo.config.
 *
 * No C library reads them: inih and iniparser know inline comments, and neither interpolation, [DEFAULT] nor blank
 * lines within a value.  Several files are merged into one, later ones win; each value has its place in a file.
 *
 * oslo.config: keys before the first section belong to [DEFAULT]; sections and keys may be repeated, and each
 * repetition of a key is a value; every indented line continues a value and an empty line ends it; a pair of quotes
 * around a value is removed; text is UTF-8; a malformed line is reported and skipped.
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
	char *key;   /* lower case; as written in oslo.config's dialect */
	char *text;  /* as written before interpolation, lines joined with \n */
	char *where; /* "/etc/cfn/hooks.conf:12" */
};

struct ini_section {
	char *name;  /* NULL for [DEFAULT] */
	char *where; /* of its first header */
	struct ini_value *value;
	unsigned count;
};

enum ini_dialect { INI_CONFIGPARSER, INI_OSLO };

struct ini {
	enum ini_dialect dialect; /* set by the caller */
	struct ini_section defaults;
	struct ini_section *section; /* in order of first appearance */
	unsigned count;
};

struct conf_report;

/*
 * Merges text (NUL-terminated, `len` bytes) into `ini`.  `file` stands for the text in messages.  A mistake is reported
 * as "file:line: mistake" and leaves ini unchanged.  Returns 0, -EINVAL or -ENOMEM (reported too).
 */
int ini_parse(
        struct ini *ini, const char *file, const char *text, size_t len, struct conf_report *rep);

struct ini_section *ini_find(const struct ini *ini, const char *name); /* NULL: none */

/* Returns the value of a key in this section alone, not interpolated; NULL: none. */
struct ini_value *ini_find_value(const struct ini_section *s, const char *key);

/*
 * Returns the value of a key, interpolated (%% and %(name)s, up to 10 deep), from the section or [DEFAULT].  The caller
 * frees *ret; *ret_where belongs to the ini.  A `%` that is neither is kept if `lenient` (with *ret_odd set), else it
 * is an error.  Returns 0, -ENOENT if there is no such key, or -EINVAL or -ENOMEM with the mistake in reterr.
 */
int ini_get(const struct ini *ini, const struct ini_section *s, const char *key, bool lenient,
        char **ret, const char **ret_where, bool *ret_odd, char reterr[static INI_ERR]);

void ini_free(struct ini *ini); /* leaves it empty */

#endif
