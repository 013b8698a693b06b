/* SPDX-License-Identifier: Apache-2.0 */
/* ini.c - any bytes as an INI file: a refusal says why and where, and changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/conf/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(struct conf_report *rep, bool error, const char *line)
{
	(void)rep;
	if (!error || strncmp(line, "fuzz:", 5) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_report rep = { .say = check_place };
	static const char before[] = "[kept]\na = %(b)s\nb = 5%%\n";
	struct ini ini = { 0 };
	char err[INI_ERR] = "";
	int r;

	if (ini_parse(&ini, "first", before, sizeof(before) - 1, &rep) < 0)
		abort();
	r = ini_parse(&ini, "fuzz", (const char *)data, size, &rep);
	if (rep.errors != (r < 0) || (r < 0 && (ini.count != 1 || ini.section[0].count != 2)))
		abort();
	for (unsigned i = 0; i < ini.count; i++) {
		for (unsigned j = 0; j < ini.section[i].count; j++) {
			char *text = NULL;
			const char *where;
			bool odd;

			r = ini_get(&ini, &ini.section[i], ini.section[i].value[j].key, i % 2,
			        &text, &where, &odd, err);
			if ((r == 0) != (text != NULL) || (r < 0 && !*err))
				abort();
			free(text);
		}
	}
	ini_free(&ini);
	return 0;
}
