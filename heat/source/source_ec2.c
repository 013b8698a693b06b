/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_ec2.c - Nova's EC2-style description of the instance: a tree of small texts. It becomes
 * ec2.json for users of os-collect-config. Reading the tree takes a request for each name and the
 * tree rarely changes, so it is read once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "heat/source/poll_internal.h"

enum {
	NAMES_MAX = 128, /* waiting at once */
	PATH_LONGEST = 512,
	/* Nova's tree has some 40 entries and 20 KiB; a service that never ends must not fill memory. */
	ANSWERS_MAX = 1000,
	BYTES_MAX = 1 << 20
};

static void fetch_next_ec2_path(struct poll_source *s);

/* The remaining paths are a list in s->claimed; the received texts are one document in s->files. */
static json_t *build_ec2_document(struct poll_source *s)
{
	return json_object_get(s->files, s->src.name);
}

/* Sets the value at path a/b/c, and creates the objects on the way. */
static void put_ec2_value(json_t *o, const char *path, const char *text, size_t len)
{
	char part[PATH_LONGEST];
	const char *slash;

	while ((slash = strchr(path, '/')) != NULL) {
		json_t *child;

		(void)snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		child = json_object_get(o, part);
		if (!json_is_object(child)) {
			child = json_object();
			if (json_object_set_new(o, part, child) < 0)
				return;
		}
		o = child;
		path = slash + 1;
	}
	(void)json_object_set_new(o, path, json_stringn(text, len));
}

/*
 * Adds the entries of a folder's listing: names, "name/" for folders, "0=key" for numbered folders.
 */
static void add_folder_entries(struct poll_source *s, const char *folder, const char *answer)
{
	auto_free char *text = strdup(answer);
	char *rest = text, *line, path[PATH_LONGEST];

	while (rest && (line = strsep(&rest, "\n")) != NULL) {
		char *eq = strchr(line, '=');

		line[strcspn(line, "\r")] = '\0';
		if (!*line || strstr(line, "..") || json_array_size(s->claimed) >= NAMES_MAX)
			continue;
		if (eq)
			*eq = '\0';
		if (snprintf(path, sizeof(path), "%s%s%s", folder, line, eq ? "/" : "") <
		        (int)sizeof(path))
			(void)json_array_append_new(s->claimed, json_string(path));
	}
}

static void drop_ec2_parts(struct poll_source *s)
{
	json_decref(s->claimed);
	json_decref(s->files);
	s->claimed = s->files = NULL;
	s->parts = s->part_bytes = 0;
}

static void on_ec2_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	const char *path = json_string_value(json_array_get(s->claimed, 0));
	size_t n = path ? strlen(path) : 0;
	char why[CFN_WHY];

	if (rq->error < 0 || !path) {
		source_no_answer(s);
		return;
	}
	if (rq->status != 200 && n == 0) {
		(void)snprintf(
		        why, sizeof(why), "the metadata service answers HTTP %ld", rq->status);
		source_failed(s, "wrong-url", why, rq->retry_after_s);
		return;
	}
	s->part_bytes += len;
	if (++s->parts > ANSWERS_MAX || s->part_bytes > BYTES_MAX) {
		drop_ec2_parts(s);
		(void)snprintf(why, sizeof(why),
		        "the metadata service has more than %d entries or %d bytes", ANSWERS_MAX,
		        BYTES_MAX);
		source_failed(s, "too-large", why, 0);
		return;
	}
	if (rq->status == 200 && (n == 0 || path[n - 1] == '/'))
		add_folder_entries(s, path, answer);
	else if (rq->status == 200)
		put_ec2_value(build_ec2_document(s), path, answer, len);
	(void)json_array_remove(s->claimed, 0);
	fetch_next_ec2_path(s);
}

static void fetch_next_ec2_path(struct poll_source *s)
{
	const char *path = json_string_value(json_array_get(s->claimed, 0));
	json_t *doc;

	if (!path) {
		doc = json_incref(build_ec2_document(s));
		drop_ec2_parts(s);
		source_succeeded(s, doc, NULL, "ec2");
		return;
	}
	(void)snprintf(s->url, sizeof(s->url), "%s/%s", s->src.url, path);
	s->rq.method = "GET";
	s->rq.url = s->url;
	s->rq.headers = NULL;
	s->rq.done = on_ec2_answer;
	s->more = !*path || json_array_size(s->claimed) > 1;
	source_send(s);
}

static void poll_ec2_source(struct poll_source *s)
{
	if (s->doc) { /* already read: the description of an instance does not change */
		source_finished(s);
		return;
	}
	drop_ec2_parts(s);
	s->claimed = json_pack("[s]", "");
	s->files = json_pack("{s{}}", s->src.name);
	if (s->claimed && s->files)
		fetch_next_ec2_path(s);
	else
		source_failed(s, "no-memory", "out of memory", 0);
}

const struct source_ops source_ec2 = { .ask = poll_ec2_source };
