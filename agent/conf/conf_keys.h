/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_keys.h - the table of settings, and the conversion between text and values. For conf_*.c.
 * Functions return 0, or -EINVAL with the error (without file and line) in reterr.
 */
#ifndef AGENT_CONF_CONF_KEYS_H
#define AGENT_CONF_CONF_KEYS_H

#include "agent/conf/conf.h"

enum conf_type { CONF_TEXT, CONF_SECONDS, CONF_COUNT, CONF_REAL, CONF_BOOL, CONF_ENUM, CONF_WORDS };

struct conf_key {
	const char *section, *name;
	enum conf_type type;
	size_t at, size;   /* the field in struct conf */
	const char *value; /* the default */
	double min, max;   /* bounds of a number */
	/* "v2 v4": words of an enum in the order of its values, or the allowed words of a list */
	const char *choices;
	bool remote;         /* may metadata set it? */
	const char *meaning; /* one line */
};

extern const struct conf_key conf_keys[]; /* ends with a NULL section */

const struct conf_key *conf_key_find(const char *section, const char *name); /* NULL: none */

int conf_key_set(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR]);

/* Writes the value in force, as in a file. */
void conf_key_text(const struct conf *cf, const struct conf_key *k, char *ret, size_t size);

/* Checks conditions between keys: clear < raise, ... */
int conf_keys_agree(const struct conf *cf, char reterr[static CONF_ERR]);

/* Returns the index of a word of n bytes among `words`, which have one blank between two; -1 if it is none of them. */
int conf_word_index(const char *words, const char *word, size_t n);

/* Returns the index of a key in a NULL-terminated list, -1 if it is not there. */
int conf_name_index(const char *const *names, const char *name);

/* Parses "90", "90s", "15m", "6h" or "1d" to seconds.  Returns 0 or -EINVAL. */
int conf_seconds(const char *text, double *ret);

/* Returns the trigger bits of "predict.raised, post.add".  The first unknown word is copied to `unknown` ("" = none). */
unsigned conf_triggers(const char *text, bool substring, char *unknown, size_t size);

#endif
