/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonfile.h - JSON kept in files of our own: bounded, written whole, kept aside when it cannot be trusted.
 *
 * What is not as we left it (cut off, garbage, a link or folder in its place, somebody else's, writable
 * by others) becomes NAME.corrupt, in one line of the log that names it: nothing is lost, nothing is
 * believed, and it is told once.
 */
#ifndef AGENT_STORE_JSONFILE_H
#define AGENT_STORE_JSONFILE_H

#include <jansson.h>

enum { JSONFILE_MAX = 32 << 20 }; /* 3 MiB of a deployment's result, each byte as \u00XX */

/* An object; *ret is the caller's reference.  -ENOENT: no file.  -EBADMSG: kept aside. */
int jsonfile_read(const char *path, json_t **ret);

int jsonfile_write(const char *path, const json_t *value);

/* The same for a file that is JSON and still not what belongs there: "PATH: WHY; kept aside...". */
void jsonfile_keep_aside(const char *path, const char *why);

#endif
