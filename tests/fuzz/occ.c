/* SPDX-License-Identifier: Apache-2.0 */
/* occ.c - arbitrary text as os-collect-config.conf, with Heat's object laid over it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/path.h"
#include "agent/conf/conf_internal.h"
#include "heat/api/cfn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Up to a NUL it is the file, behind it the object. */
static json_t *file(const uint8_t *data, size_t size)
{
	static char root[] = "/tmp/prehup-fuzz.XXXXXX";
	struct conf_report rep = { 0 };

	if (!*path_root() && (!mkdtemp(root) || path_set_root(root) < 0 || path_mkdir("/etc") < 0))
		abort();
	/* Not path_write(): ten thousand times a second is no time for fsync. */
	FILE *f = NULL;
	char full[PATH_MAX];

	if (path_full(full, "/etc/os-collect-config.conf") == 0)
		f = fopen(full, "we");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
		abort();
	return conf_occ_read(&rep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t n = nul ? (size_t)(nul - data) : size, rest = nul ? size - n - 1 : 0;
	struct conf cf = { .interval_s = 60, .occ = file(data, n) };
	json_t *follow = NULL;

	if (!cf.occ)
		abort();
	if (rest && cfn_shallow((const char *)nul + 1, rest))
		follow = json_loadb((const char *)nul + 1, rest, JSON_ALLOW_NUL, NULL);
	conf_occ_apply(&cf, cf.occ);
	if (cf.interval_s < 1 || cf.interval_s > 86400 || cf.splay_s > 86400)
		abort();
	conf_occ_apply(&cf, follow);
	if (conf_sources(&cf, follow) < 0 || cf.source_count > SOURCE_MAX)
		abort();
	for (unsigned i = 0; i < cf.source_count; i++)
		if (!*cf.source[i].resource || !*cf.source[i].name)
			abort();
	json_decref(follow);
	conf_free(&cf);
	return 0;
}
