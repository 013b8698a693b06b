/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store/jsonfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"

void jsonfile_keep_aside(const char *path, const char *why)
{
	char from[PATH_MAX], to[PATH_MAX];
	const bool moved = path_full(from, path) == 0 &&
	                   snprintf(to, sizeof(to), "%s.corrupt", from) < (int)sizeof(to) &&
	                   rename(from, to) == 0;

	log_warn("%s: %s; %s", path, why,
	        moved ? "kept aside as NAME.corrupt" : "not read, and it cannot be moved aside");
}

/* Returns why a file cannot be trusted, NULL if it may be. */
static const char *why_file_untrusted(const char *path)
{
	struct stat st;

	if (path_lstat(path, &st) < 0)
		return NULL; /* reading it reports the error */
	if (S_ISLNK(st.st_mode))
		return "is a symbolic link";
	if (!S_ISREG(st.st_mode))
		return "is not a file";
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return "belongs to somebody else";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "may be written by others";
	return st.st_size > JSONFILE_MAX ? "is too large" : NULL;
}

int jsonfile_read(const char *path, json_t **ret)
{
	auto_free char *text = NULL;
	const char *why = why_file_untrusted(path);
	json_error_t e;
	size_t len;
	int r = why ? -EBADMSG : path_read(path, JSONFILE_MAX, &text, &len);

	*ret = NULL;
	if (r == 0) {
		*ret = json_loadb(text, len, JSON_ALLOW_NUL, &e);
		if (json_is_object(*ret))
			return 0;
		why = len == 0 ? "is empty"
		      : !*ret && json_error_code(&e) == json_error_premature_end_of_input
		              ? "is cut off"
		              : "is garbled";
		json_decref(*ret);
		*ret = NULL;
	}
	if (why)
		jsonfile_keep_aside(path, why);
	return why ? -EBADMSG : r;
}

int jsonfile_write(const char *path, const json_t *value)
{
	auto_free char *text = json_dumps(value, JSON_COMPACT);

	return text ? path_write(path, text, strlen(text)) : -ENOMEM;
}
