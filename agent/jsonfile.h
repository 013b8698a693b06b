/* SPDX-License-Identifier: Apache-2.0 */
/* jsonfile.h - JSON kept in files of our own: bounded, written whole, kept aside when corrupt. */
#ifndef AGENT_JSONFILE_H
#define AGENT_JSONFILE_H

#include <jansson.h>

enum { JSONFILE_MAX = 32 << 20 }; /* 3 MiB of a deployment's result, each byte as \u00XX */

/*
 * *ret is the caller's reference.  -ENOENT: no file.  -EBADMSG: no JSON object in it; the file is
 * then renamed to NAME.corrupt, so that nothing is lost and it is told once.
 */
int jsonfile_read(const char *path, json_t **ret);

int jsonfile_write(const char *path, const json_t *value);

#endif
