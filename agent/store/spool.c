/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/loop.h"
#include "agent/base/path.h"
#include "agent/store/jsonfile.h"

static void format_entry_path(const struct spool *s, uint64_t id, char ret[static PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "%s/%016" PRIx64 ".json", s->dir, id);
}

void spool_save(struct spool *s, struct spool_entry *e)
{
	char path[PATH_MAX];
	json_auto_t *o = json_pack("{sO sI sI}", "body", e->body, "attempts",
	        (json_int_t)e->attempts, "created", (json_int_t)e->created);

	format_entry_path(s, e->id, path);
	s->error = o ? jsonfile_write(path, o) : -ENOMEM;
	e->unsaved = s->error < 0;
}

static struct spool_entry *free_entry(struct spool *s)
{
	for (struct spool_entry *e = s->entry; e < s->entry + SPOOL_MAX; e++)
		if (e->id == 0)
			return e;
	return NULL;
}

struct spool_entry *spool_add(struct spool *s, json_t *body, time_t now)
{
	struct spool_entry *e = free_entry(s);

	if (!e || !body) {
		s->refused++;
		json_decref(body);
		return NULL;
	}
	*e = (struct spool_entry){
		.id = ++s->last_id, .body = body, .created = now, .seen_ms = loop_now()
	};
	spool_save(s, e);
	return e;
}

double spool_age_s(const struct spool_entry *e)
{
	return e->age_s + (double)(loop_now() - e->seen_ms) / 1000;
}

void spool_remove(struct spool *s, struct spool_entry *e)
{
	char path[PATH_MAX];
	struct spool_entry *o;

	format_entry_path(s, e->id, path);
	(void)path_remove(
	        path); /* left behind on a broken disk, it is done once more: never lost */
	json_decref(e->body);
	*e = (struct spool_entry){ 0 };
	/* Retries unsaved entries: there may be space on the disk now. */
	for (o = s->entry; o < s->entry + SPOOL_MAX; o++)
		if (o->id && o->unsaved)
			spool_save(s, o);
}

struct spool_entry *spool_next(struct spool *s, const struct spool_entry *e)
{
	struct spool_entry *best = NULL;

	for (struct spool_entry *o = s->entry; o < s->entry + SPOOL_MAX; o++)
		if (o->id > (e ? e->id : 0) && (!best || o->id < best->id))
			best = o;
	return best;
}

unsigned spool_count(struct spool *s)
{
	unsigned n = 0;

	for (const struct spool_entry *e = s->entry; e < s->entry + SPOOL_MAX; e++)
		n += e->id != 0;
	return n;
}

/* Reads a file of an earlier run.  If there are too many, the oldest are kept. */
static void load_spool_entry(struct spool *s, uint64_t id)
{
	char path[PATH_MAX];
	json_t *body;
	json_auto_t *o = NULL;
	struct spool_entry *e = free_entry(s);

	format_entry_path(s, id, path);
	if (!e) {
		s->refused++;
		return;
	}
	if (jsonfile_read(path, &o) < 0) {
		s->corrupt++;
		return;
	}
	body = json_object_get(o, "body");
	if (!json_is_object(body)) {
		jsonfile_keep_aside(path, "is not a spool entry");
		s->corrupt++;
		return;
	}
	*e = (struct spool_entry){
		.id = id,
		.body = json_incref(body),
		.attempts = (unsigned)json_integer_value(json_object_get(o, "attempts")),
		.created = (time_t)json_integer_value(json_object_get(o, "created")),
		.seen_ms = loop_now(),
	};
	e->age_s = difftime(time(NULL), e->created);
	e->age_s = e->age_s > 0 ? e->age_s : 0; /* the clock was ahead then, or is behind now */
}

/* Returns the id in a file's name, 0 if it is not a spool file.  Ids near the maximum are rejected. */
static uint64_t parse_entry_id(const char *name)
{
	uint64_t id;
	char end;

	if (strlen(name) != 21 || sscanf(name, "%16" SCNx64 ".jso%c", &id, &end) != 2 || end != 'n')
		return 0;
	return id < UINT64_MAX / 2 ? id : 0;
}

static int compare_entry_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int spool_open(struct spool *s, const char *dir)
{
	char full[PATH_MAX];
	struct dirent **names = NULL;
	int n, r;

	s->dir = dir;
	r = path_mkdir(dir);
	if (r == 0)
		r = path_full(full, dir);
	if (r < 0)
		return r;
	n = scandir(full, &names, NULL,
	        compare_entry_names); /* hex of fixed width: sorted by name is sorted by age */
	for (int i = 0; i < n; i++) {
		const uint64_t id = parse_entry_id(names[i]->d_name);

		if (id)
			load_spool_entry(s, id);
		s->last_id = id > s->last_id ? id : s->last_id;
		free(names[i]);
	}
	free(names);
	return n < 0 ? -errno : 0;
}

void spool_close(struct spool *s)
{
	for (struct spool_entry *e = s->entry; e < s->entry + SPOOL_MAX; e++)
		json_decref(e->body);
	*s = (struct spool){ 0 };
}
