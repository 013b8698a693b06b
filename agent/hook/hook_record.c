/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hook/hook_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/system.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"

static const char folder[] = PATH_STATE "/hooks";

/* Names may contain any byte, so the file name is a digest. */
static int hook_record_path(char ret[static PATH_MAX], const struct hook *hook)
{
	char hex[DIGEST_HEX];
	json_auto_t *id = json_pack("[s s]", hook->name, hook->path);
	auto_free char *text = id ? json_dumps(id, 0) : NULL;
	int r = text ? digest_sha256_hex(hex, text, strlen(text)) : -ENOMEM;

	if (r == 0)
		(void)snprintf(ret, PATH_MAX, "%s/%.32s.json", folder, hex);
	return r;
}

int hook_record_load(struct hook_record *ret, const struct hook *hook)
{
	char path[PATH_MAX];
	json_auto_t *o = NULL;
	const char *s;
	int r;

	*ret = (struct hook_record){ .virgin = true, .last_status = -1 };
	r = hook_record_path(path, hook);
	if (r == 0)
		r = jsonfile_read(path, &o);
	if (r == 0 && !json_is_boolean(json_object_get(o, "virgin"))) {
		jsonfile_keep_aside(path, "is not a hook record");
		r = -EBADMSG;
	}
	if (r < 0)
		return r;
	ret->known = true;
	ret->virgin = json_is_true(json_object_get(o, "virgin"));
	ret->done = json_incref(json_object_get(o, "done"));
	s = json_string_value(json_object_get(o, "trying"));
	STR_COPY(ret->trying, s ? s : "");
	ret->attempts = (unsigned)json_integer_value(json_object_get(o, "attempts"));
	ret->given_up = json_is_true(json_object_get(o, "given_up"));
	ret->last_status = (int)json_integer_value(json_object_get(o, "last_status"));
	process_id_from_json(&ret->process, json_object_get(o, "process"));
	s = json_string_value(json_object_get(o, "boot"));
	if (s && strcmp(s, boot_id()) == 0) /* a time of another boot's clock has no meaning */
		ret->due_ms = (uint64_t)json_integer_value(json_object_get(o, "due_ms"));
	return 0;
}

int hook_record_save(const struct hook_record *rec, const struct hook *hook)
{
	char path[PATH_MAX];
	json_auto_t *o = json_pack("{ss ss sb ss sI sb sI si ss so}", "hook", hook->name, "path",
	        hook->path, "virgin", rec->virgin, "trying", rec->trying, "attempts",
	        (json_int_t)rec->attempts, "given_up", rec->given_up, "due_ms",
	        (json_int_t)rec->due_ms, "last_status", rec->last_status, "boot", boot_id(),
	        "process", process_id_to_json(&rec->process));
	int r = o ? path_mkdir(folder) : -ENOMEM;

	if (r == 0 && rec->done && json_object_set(o, "done", rec->done) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = hook_record_path(path, hook);
	return r == 0 ? jsonfile_write(path, o) : r;
}

void hook_record_clear(struct hook_record *rec)
{
	json_decref(rec->done);
	rec->done = NULL;
}

void hook_value_digest(char ret[static DIGEST_HEX], const json_t *value)
{
	auto_free char *text =
	        value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;

	/*
	 * Without memory the digest is "", which differs from every value: the hook is retried, not
	 * lost.
	 */
	if (digest_sha256_hex(ret, text ? text : "", text ? strlen(text) : 0) < 0)
		*ret = '\0';
}

json_t *hook_value(const struct hook *hook, json_t *metadata)
{
	json_t *v = metadata;

	for (const char *const *k = hook->subkey; v && *k; k++)
		v = json_object_get(v, *k); /* NULL if v is not an object */
	return v;
}
