/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/jsonfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/clean.h"
#include "agent/path.h"

static void keep_aside(const char *path)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (path_full(from, path) == 0 &&
	        snprintf(to, sizeof(to), "%s.corrupt", from) < (int)sizeof(to))
		(void)rename(from, to); /* else it stays where it is, and is told again */
}

int jsonfile_read(const char *path, json_t **ret)
{
	auto_free char *text = NULL;
	size_t len;
	int r = path_read(path, JSONFILE_MAX, &text, &len);

	if (r < 0)
		return r;
	*ret = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	if (json_is_object(*ret))
		return 0;
	json_decref(*ret);
	*ret = NULL;
	keep_aside(path);
	return -EBADMSG;
}

int jsonfile_write(const char *path, const json_t *value)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT);

	return text ? path_write(path, text, strlen(text)) : -ENOMEM;
}
