/* SPDX-License-Identifier: Apache-2.0 */
/* dump.c - files as ini.c reads them, as JSON: {"section": {"key": "value"}}, or {"error": "..."}. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/path.h"
#include "agent/conf/conf.h"
#include "agent/conf/ini.h"

static json_t *out;

static void values(json_t *o, const struct ini *ini, const struct ini_section *s,
        const struct ini_section *keys)
{
	for (unsigned i = 0; i < keys->count; i++) {
		char *text = NULL, err[INI_ERR];
		const char *where;
		bool odd;
		int r = ini_get(ini, s, keys->value[i].key, false, &text, &where, &odd, err);

		json_object_set_new(o, keys->value[i].key,
		        r == 0 ? json_stringn_nocheck(text, strlen(text)) : json_null());
		free(text);
	}
}

static void store_error(struct conf_report *rep, bool error, const char *line)
{
	(void)rep;
	(void)error;
	json_object_set_new(out, "error", json_string(line));
}

int main(int argc, char **argv)
{
	struct conf_report rep = { .say = store_error };
	struct ini ini = { 0 };

	out = json_object();
	for (int i = 1; i < argc; i++) {
		char *text;
		size_t len;
		int r;

		if (path_read(argv[i], INI_FILE_MAX, &text, &len) < 0)
			return 1;
		r = ini_parse(&ini, argv[i], text, len, &rep);
		free(text);
		if (r < 0) {
			json_dumpf(out, stdout, 0);
			ini_free(&ini);
			return 0;
		}
	}
	for (unsigned i = 0; i < ini.count; i++) {
		json_t *o = json_object();

		values(o, &ini, &ini.section[i], &ini.defaults);
		values(o, &ini, &ini.section[i], &ini.section[i]);
		json_object_set_new_nocheck(out, ini.section[i].name, o);
	}
	json_dumpf(out, stdout, JSON_ENSURE_ASCII);
	ini_free(&ini);
	return 0;
}
