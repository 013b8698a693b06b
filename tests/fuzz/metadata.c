/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.c - any JSON as the `prehup` object: taken whole, or refused with its place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf.h"
#include "agent/conf/conf_keys.h"
#include "heat/api/cfn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[CONF_ERR] = "";
	struct conf base = { .metadata_hooks = true }, cf;
	json_t *j;

	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (conf_key_set(&base, k, k->value, err) < 0)
			abort();
	if (!cfn_shallow((const char *)data, size))
		return 0;
	j = json_loadb((const char *)data, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
	if (!j)
		return 0;
	*err = '\0';
	if (conf_overlay(&cf, &base, j, NULL, err) == 0) {
		if (cf.score.clear >= cf.score.raise || cf.insecure || *cf.url)
			abort();
		conf_free(&cf);
	} else if (strncmp(err, "metadata: prehup", 16) != 0) {
		abort();
	}
	json_decref(j);
	return 0;
}
