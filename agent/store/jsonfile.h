/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonfile.h - JSON state files: bounded, written atomically, renamed if they cannot be trusted.
 *
 * A file that was changed (truncated, garbled, a link or folder, owned or writable by others) is renamed to NAME.corrupt
 * and logged once.  Its content is not used and not lost.
 */
#ifndef AGENT_STORE_JSONFILE_H
#define AGENT_STORE_JSONFILE_H

#include <jansson.h>

enum { JSONFILE_MAX = 32 << 20 }; /* 3 MiB of a deployment's result, each byte as \u00XX */

/* Reads an object; the caller owns *ret.  Returns 0, -ENOENT if there is no file, -EBADMSG if it was renamed. */
int jsonfile_read(const char *path, json_t **ret);

int jsonfile_write(const char *path, const json_t *value);

/* Renames a file whose JSON is invalid to the caller, and logs "PATH: WHY; kept aside...". */
void jsonfile_keep_aside(const char *path, const char *why);

#endif
