/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/userdata.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/clean.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "heat/instance/mime.h"

/* The files that Heat's own part handler writes to /var/lib/heat-cfntools. */
static const char *const known[] = { "cfn-init-data", "cfn-metadata-server", "cfn-boto-cfg",
	"cfn-userdata" };

struct unpacking {
	struct userdata_sink *sink;
	unsigned depth, seen;
	int found;
};

static void unpack_document(struct unpacking *u, const char *text, size_t len);

static const char *find_known_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(name, known[i]) == 0)
			return known[i];
	return NULL;
}

static void pass_known_part(struct unpacking *u, const char *name, const char *data, size_t len)
{
	const char *file = find_known_name(name);

	if (!file)
		return;
	u->sink->part(u->sink, file, data, len);
	u->found++;
}

static void unpack_part(struct unpacking *u, const struct mime_part *p)
{
	auto_free char *data = NULL;
	size_t len;

	if (++u->seen > USERDATA_PARTS)
		return;
	if (strncmp(p->type, "multipart/", 10) == 0) {
		unpack_document(u, p->whole, p->whole_len);
		return;
	}
	if (strcmp(p->type, "text/x-cfninitdata") != 0 || !*p->filename)
		return;
	data = mime_decode(p, &len);
	if (data)
		pass_known_part(u, p->filename, data, len);
}

static void unpack_multipart(struct unpacking *u, const struct mime_part *whole)
{
	struct mime_walk w = { .text = whole->body, .len = whole->body_len };
	struct mime_part p;

	while (mime_next(&w, whole->boundary, &p))
		unpack_part(u, &p);
}

/* Decodes a file's content in Ignition: "data:,percent-encoded" or "data:...;base64,...". */
static void unpack_data_url(struct unpacking *u, const char *name, const char *url)
{
	const char *comma = strchr(url, ',');
	struct mime_part p = { 0 };
	auto_free char *data = NULL;
	size_t len;

	if (strncmp(url, "data:", 5) != 0 || !comma)
		return;
	p.body = comma + 1;
	p.body_len = strlen(comma + 1);
	p.encoding = comma - url >= 7 && strncmp(comma - 7, ";base64", 7) == 0 ? MIME_BASE64
	                                                                       : MIME_PERCENT;
	data = mime_decode(&p, &len);
	if (data)
		pass_known_part(u, name, data, len);
}

static void unpack_ignition(struct unpacking *u, const json_t *root)
{
	const json_t *files = json_object_get(json_object_get(root, "storage"), "files");
	json_t *f;
	size_t i;

	json_array_foreach (files, i, f) {
		const char *path = json_string_value(json_object_get(f, "path"));
		const char *url = json_string_value(
		        json_object_get(json_object_get(f, "contents"), "source"));
		const char *name = path ? strrchr(path, '/') : NULL;

		if (name && url && ++u->seen <= USERDATA_PARTS &&
		        (strncmp(path, PATH_HEAT "/", sizeof(PATH_HEAT "/") - 1) == 0 ||
		                strncmp(path, PATH_CLOUD "/data/",
		                        sizeof(PATH_CLOUD "/data/") - 1) == 0))
			unpack_data_url(u, name + 1, url);
	}
}

/* Unpacks Ignition's JSON, {"ignition": {...}, "storage": {...}}, or vendor data, {"cloud-init": "text"}. */
static void unpack_json_document(struct unpacking *u, const char *text, size_t len)
{
	json_auto_t *root = json_loadb(text, len, 0, NULL);
	const json_t *inner = json_object_get(root, "cloud-init");

	if (json_is_object(json_object_get(root, "ignition")))
		unpack_ignition(u, root);
	else if (json_is_string(inner))
		unpack_document(u, json_string_value(inner), json_string_length(inner));
}

static void unpack_document(struct unpacking *u, const char *text, size_t len)
{
	struct mime_part whole;
	size_t i = 0;

	if (u->depth == USERDATA_DEPTH)
		return;
	u->depth++;
	while (i < len && isspace((unsigned char)text[i]))
		i++;
	if (i < len && text[i] == '{')
		unpack_json_document(u, text + i, len - i);
	else if (mime_head(text + i, len - i, &whole) && *whole.boundary)
		unpack_multipart(u, &whole);
	u->depth--;
}

int userdata_unpack(const char *text, size_t len, struct userdata_sink *s)
{
	struct unpacking u = { .sink = s };

	if (len > USERDATA_MAX)
		return -EFBIG;
	if (len > 2 && (unsigned char)text[0] == 0x1F && (unsigned char)text[1] == 0x8B)
		return -EPROTONOSUPPORT;
	unpack_document(&u, text, len);
	return u.found;
}
