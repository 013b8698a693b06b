/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/metadata.h"

#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"

/* Finds the entry of a resource, or makes one from the files on disk. */
static struct metadata_known *find_known_metadata(struct metadata *m, const char *resource)
{
	struct metadata_known *k = m->known;
	const char *from;

	for (; k < m->known + m->count; k++)
		if (strcmp(k->resource, resource) == 0)
			return k;
	if (m->count == POLL_MAX) { /* resources that came and went: drops the oldest */
		json_decref(m->known[0].cached.metadata);
		memmove(&m->known[0], &m->known[1], (POLL_MAX - 1) * sizeof(*k));
		k = &m->known[--m->count];
	}
	m->count++;
	*k = (struct metadata_known){ 0 };
	STR_COPY(k->resource, resource);
	metadata_cache_read(&k->cached, resource, m->polls.count == 1, &from);
	if (k->cached.metadata)
		log_debug("%s: known from %s", resource, from);
	return k;
}

static json_t *recall_metadata(struct polls *p, const char *resource)
{
	struct metadata *m = container_of(p, struct metadata, polls);

	return json_incref(find_known_metadata(m, resource)->cached.metadata);
}

/* Returns the poll of `src` if it is an authoritative source of the resource, else NULL. */
static struct poll_source *find_authoritative_source(
        struct polls *p, const struct source *src, const char *resource)
{
	struct poll_source *s = polls_find(p, src);

	if (!s || src->kind == SOURCE_EC2 || src->kind == SOURCE_HEAT_LOCAL)
		return NULL;
	return strcmp(src->resource, resource) == 0 && polls_is_authoritative(p, s) ? s : NULL;
}

/*
 * Merges the metadata of all sources of a resource; for a key the later source wins. A source
 * without an answer since the start counts with its last one. The initial metadata counts while no
 * other is known. Returns a new reference, or NULL if there is none or nothing new.
 */
static json_t *merge_source_metadata(struct metadata *m, const struct poll_source *s)
{
	const char *resource = s->src.resource;
	const struct poll_source *source[SOURCE_MAX];
	unsigned count = 0;
	json_t *all = NULL;

	if (s->src.kind == SOURCE_EC2)
		return NULL;
	if (s->src.kind == SOURCE_HEAT_LOCAL)
		return find_known_metadata(m, resource)->cached.metadata ? NULL
		                                                         : json_incref(s->doc);
	for (unsigned i = 0; i < m->polls.conf->source_count; i++) {
		source[count] =
		        find_authoritative_source(&m->polls, &m->polls.conf->source[i], resource);
		count += source[count] != NULL;
	}
	if (count <= 1)
		return json_incref(s->doc);
	for (unsigned i = 0; i < count; i++) {
		json_auto_t *doc = source[i]->doc
		                           ? json_incref(source[i]->doc)
		                           : metadata_cache_part(resource, source[i]->src.name);

		if (doc && !all)
			all = json_object();
		if (doc)
			(void)json_object_update(all, doc);
	}
	if (s->doc)
		metadata_cache_part_keep(resource, s->src.name, s->doc);
	return all;
}

/*
 * Only the CFN API has the server's identity. The substitute of other sources must not depend on the
 * order of answers.
 */
static const char *choose_physical_id(const struct poll_source *s, const char *known)
{
	return s->src.kind != SOURCE_CFN && *known ? known : s->physical_id;
}

static int on_source_answer(struct polls *p, struct poll_source *s, bool gone)
{
	struct metadata *m = container_of(p, struct metadata, polls);
	struct metadata_update u = { .old = find_known_metadata(m, s->src.resource)->cached,
		.gone = gone && s->src.kind != SOURCE_EC2 };
	/* The receiver's new settings may replace the entry. */
	json_auto_t *old = json_incref(u.old.metadata);
	json_auto_t *now = merge_source_metadata(m, s);

	STR_COPY(u.resource, s->src.resource);
	STR_COPY(u.now.physical_id, choose_physical_id(s, u.old.physical_id));
	u.now.metadata = now;
	u.changed = now && (!old || !json_equal(old, now) ||
	                           strcmp(u.old.physical_id, u.now.physical_id) != 0);
	return m->received(m, &u);
}

int metadata_store(struct metadata *m, const struct metadata_update *u)
{
	struct metadata_known *k = find_known_metadata(m, u->resource);
	int r;

	if (!u->now.metadata || (!u->changed && !k->unsaved))
		return 0;
	if (u->changed) {
		log_info("%s: %s metadata", u->resource, u->old.metadata ? "changed" : "first");
		json_decref(k->cached.metadata);
		k->cached = u->now;
		json_incref(k->cached.metadata);
	}
	r = metadata_cache_write(u->resource, k->cached.metadata, k->cached.physical_id);
	if (r < 0 && u->changed)
		log_warn("%s: cannot write its metadata to disk, kept in memory: %s", u->resource,
		        strerror(-r));
	k->unsaved = r < 0;
	return r;
}

void metadata_open(struct metadata *m, struct loop *l, struct http *h, struct keystone *k)
{
	polls_open(&m->polls, l, h, k);
	m->polls.got = on_source_answer;
	m->polls.recall = recall_metadata;
}

void metadata_close(struct metadata *m)
{
	polls_close(&m->polls);
	while (m->count)
		json_decref(m->known[--m->count].cached.metadata);
}
