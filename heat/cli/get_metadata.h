/* SPDX-License-Identifier: Apache-2.0 */
/* get_metadata.h - cfn-get-metadata: prints a resource's metadata without side effects. */
#ifndef HEAT_CLI_GET_METADATA_H
#define HEAT_CLI_GET_METADATA_H

#include <jansson.h>

/* Returns the value at "a.'b.c'.d" (borrowed); NULL: none. */
const json_t *metadata_at(const json_t *metadata, const char *key);

int command_get_metadata(int argc, char **argv);

#endif
