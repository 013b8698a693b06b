/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_file.c - metadata in local files: one JSON file, or a folder of them.
 *
 * Each file of a folder is one document; of equal keys the one in the later file name wins, as in
 * os-apply-config. A file that others may write is rejected; the remaining files are used.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "heat/source/poll_internal.h"

enum { FILES_MAX = 64 };

static void poll_single_file(struct poll_source *s, const char *path)
{
	auto_free char *text = NULL;
	char why[CFN_WHY];
	json_t *doc;
	size_t len;
	int r = path_read(path, HTTP_ANSWER_MAX, &text, &len);

	if (r < 0) {
		(void)snprintf(why, sizeof(why), "%.200s: %s", path, strerror(-r));
		source_failed(s, "unreadable", why, 0);
		return;
	}
	doc = source_parse_object(s, text, len, path);
	if (doc)
		source_succeeded(s, doc, NULL, "local");
}

static int compare_source_files(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible_json(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Returns true if another user may have written the file. */
static bool is_untrusted_file(const char *path)
{
	struct stat st;

	return path_stat(path, &st) < 0 || (st.st_uid != 0 && st.st_uid != geteuid()) ||
	       (st.st_mode & S_IWOTH);
}

/* Reads one file of a folder; writes an error to `why`. */
static json_t *read_source_file(const char *path, char why[static CFN_WHY])
{
	auto_free char *text = NULL;
	json_error_t e = { .text = "is not a JSON object" };
	json_t *doc;
	size_t len;
	int r = is_untrusted_file(path) ? -EPERM : path_read(path, HTTP_ANSWER_MAX, &text, &len);

	if (r < 0) {
		(void)snprintf(why, CFN_WHY, "%.200s: %s", path,
		        r == -EPERM ? "writable by others; it is not read" : strerror(-r));
		return NULL;
	}
	doc = cfn_shallow(text, len) ? json_loadb(text, len, JSON_ALLOW_NUL, &e) : NULL;
	if (json_is_object(doc))
		return doc;
	json_decref(doc);
	(void)snprintf(why, CFN_WHY, "%.200s:%d: %.100s", path, e.line, e.text);
	return NULL;
}

static void poll_source_folder(struct poll_source *s, const char *path, const char *full)
{
	struct dirent **names = NULL;
	json_t *all = json_object(), *files = json_object();
	char why[CFN_WHY] = "", file[PATH_MAX];
	int n = scandir(full, &names, is_visible_json, compare_source_files);

	for (int i = 0; i < n; i++) {
		json_t *doc = NULL;

		if (i < FILES_MAX && names[i]->d_type != DT_DIR &&
		        snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) <
		                (int)sizeof(file))
			doc = read_source_file(file, why);
		if (doc) {
			(void)json_object_update(all, doc);
			(void)json_object_set_new(files, names[i]->d_name, doc);
		}
		free(names[i]);
	}
	free(names);
	if (*why && strcmp(why, s->why) != 0)
		log_warn("%s: %s", s->src.name, why);
	if (n < 0 || is_untrusted_file(path)) {
		json_decref(all);
		json_decref(files);
		source_failed(s, "unreadable",
		        n < 0 ? "cannot read the folder" : "the folder is writable by others", 0);
		return;
	}
	source_succeeded(s, all, files, "local");
	STR_COPY(s->why, why); /* source_finished() has cleared it */
}

static void poll_file_source(struct poll_source *s)
{
	char full[PATH_MAX];
	struct stat st;

	if (path_full(full, s->src.url) == 0 && stat(full, &st) == 0 && S_ISDIR(st.st_mode))
		poll_source_folder(s, s->src.url, full);
	else
		poll_single_file(s, s->src.url);
}

const struct source_ops source_file = { .ask = poll_file_source };
