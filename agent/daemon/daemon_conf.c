/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_conf.c - applies settings of polls and reloads between two ticks. */
#include "agent/daemon/daemon_internal.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/process/notify.h"

static void conf_drop(struct conf *cf)
{
	if (cf)
		conf_free(cf);
	free(cf);
}

static bool collects_alike(const struct conf *a, const struct conf *b)
{
	return a->collect_s == b->collect_s && strcmp(a->collectors, b->collectors) == 0 &&
	       strcmp(a->filesystems, b->filesystems) == 0 &&
	       strcmp(a->certificates, b->certificates) == 0 &&
	       strcmp(a->processes, b->processes) == 0 && a->score.unusual == b->score.unusual;
}

/* Both configurations live until every part has changed over. */
static void put_in_force(struct daemon *a, struct conf *next)
{
	struct conf *was = a->conf;
	bool alike = collects_alike(was, next);
	int r;

	a->conf = next;
	hooks_conf(&a->hooks, next);
	signals_conf(&a->heat_signals, next);
	a->services.conf = next; /* a round may be under way */
	a->deployments.conf = next;
	a->collect.conf = next;
	polls_conf(&a->polls, next, false);
	if (!a->once)
		daemon_listen(a);
	if (!a->once && !alike) {
		r = daemon_start_collectors(a);
		if (r < 0)
			(void)log_fail(r, "cannot collect with the new settings");
	}
	if (was != a->files)
		conf_drop(was);
}

/* What of metadata means settings: its `prehup` object, and how Heat says to get the next. */
static json_t *overlay_of(const json_t *metadata)
{
	json_t *prehup = json_object_get(metadata, "prehup");
	json_t *follow = json_object_get(metadata, "os-collect-config");
	json_t *o = json_object();

	if (prehup)
		(void)json_object_set(o, "prehup", prehup);
	if (json_is_object(follow))
		(void)json_object_set(o, "follow", follow);
	if (json_object_size(o) > 0)
		return o;
	json_decref(o);
	return NULL;
}

/* The settings of `files` with `overlay` laid over, or NULL with the error noted. */
static struct conf *laid_over(struct daemon *a, const struct conf *files, const json_t *overlay)
{
	struct conf *next = calloc(1, sizeof(*next));
	char err[CONF_ERR] = "out of memory";

	if (next && conf_overlay(next, files, json_object_get(overlay, "prehup"),
	                    json_object_get(overlay, "follow"), err) == 0)
		return next;
	free(next);
	STR_COPY(a->overlay_error, err);
	return NULL;
}

/* A mistake in `prehup` must not keep the guest from following Heat to another transport. */
static void follow_alone(struct daemon *a, json_t *follow)
{
	json_t *was = json_object_get(a->overlay, "prehup");
	json_auto_t *mixed = json_pack("{sO* sO*}", "prehup", was, "follow", follow);
	char error[CONF_ERR];
	struct conf *next;

	if (!follow || (a->overlay && json_equal(mixed, a->overlay)))
		return;
	memcpy(error, a->overlay_error, sizeof(error));
	next = laid_over(a, a->files, mixed);
	memcpy(a->overlay_error, error, sizeof(error));
	if (!next)
		return;
	json_decref(a->overlay);
	a->overlay = json_incref(mixed);
	put_in_force(a, next);
}

/* What our own resource says of settings; NULL: nothing any more. */
static void take_overlay(struct daemon *a, json_t *overlay)
{
	struct conf *next = a->files;

	if (overlay == a->overlay || (overlay && a->overlay && json_equal(overlay, a->overlay))) {
		a->overlay_error[0] = '\0'; /* restores the settings in force */
		json_decref(a->refused);
		a->refused = NULL;
		return;
	}
	if (overlay && a->refused && json_equal(overlay, a->refused))
		return;
	if (overlay)
		next = laid_over(a, a->files, overlay);
	json_decref(a->refused);
	a->refused = next ? NULL : json_incref(overlay);
	if (!next) {
		log_err("%s; nothing of it is taken, the settings in force stay", a->overlay_error);
		follow_alone(a, json_object_get(overlay, "follow"));
		return;
	}
	a->overlay_error[0] = '\0';
	json_decref(a->overlay);
	a->overlay = overlay ? json_incref(overlay) : NULL;
	if (json_object_get(overlay, "prehup"))
		log_info("metadata: its prehup settings are in force");
	else
		log_debug("metadata: has no prehup settings: the files' hold");
	put_in_force(a, next);
}

static struct daemon_known *find_known_resource(struct daemon *a, const char *resource)
{
	struct daemon_known *k = a->known;
	const char *from;

	while (k < a->known + a->known_count && strcmp(k->resource, resource) != 0)
		k++;
	if (k < a->known + a->known_count)
		return k;
	if (a->known_count == POLL_MAX) { /* resources that came and went: forget the first */
		json_decref(a->known[0].cached.metadata);
		memmove(&a->known[0], &a->known[1], (POLL_MAX - 1) * sizeof(*k));
		a->known_count--;
		k = &a->known[a->known_count];
	}
	a->known_count++;
	STR_COPY(k->resource, resource);
	metadata_cache_read(&k->cached, resource, a->polls.count == 1, &from);
	if (k->cached.metadata)
		log_debug("%s: known from %s", resource, from);
	return k;
}

json_t *source_last_known(struct polls *p, const char *resource)
{
	return json_incref(find_known_resource(container_of(p, struct daemon, polls), resource)
	                           ->cached.metadata);
}

void daemon_restore_settings(struct daemon *a)
{
	struct metadata_cache cached = { 0 };
	json_auto_t *overlay = NULL;
	struct conf *next;
	const char *from;

	if (*a->conf->own)
		metadata_cache_read(&cached, a->conf->own, false, &from);
	overlay = overlay_of(cached.metadata);
	json_decref(cached.metadata);
	next = overlay ? laid_over(a, a->files, overlay) : NULL;
	if (!next)
		return; /* a mistake is logged when the metadata is read again */
	a->overlay = json_incref(overlay);
	a->conf = next;
}

/*
 * Returns the authoritative source of the resource's metadata if this source is one for it, else
 * NULL.
 */
static struct poll_source *find_authoritative_source(
        struct daemon *a, const struct source *src, const char *resource)
{
	struct poll_source *s = polls_find(&a->polls, src);

	return s && src->kind != SOURCE_EC2 && src->kind != SOURCE_HEAT_LOCAL &&
	                       strcmp(src->resource, resource) == 0 &&
	                       polls_is_authoritative(&a->polls, s)
	               ? s
	               : NULL;
}

/*
 * Merges the metadata of all sources of a resource; for a key the later source wins. A source
 * without an answer since the start counts with its last one. The initial metadata counts while no
 * other is known. Returns a new reference, or NULL if there is none or nothing new.
 */
static json_t *merge_source_metadata(struct daemon *a, const struct poll_source *s)
{
	const char *resource = s->src.resource;
	const struct conf *cf = a->conf;
	json_t *all = NULL;
	unsigned voices = 0;

	for (unsigned i = 0; i < cf->source_count; i++)
		voices += find_authoritative_source(a, &cf->source[i], resource) != NULL;
	if (s->src.kind == SOURCE_HEAT_LOCAL)
		return find_known_resource(a, resource)->cached.metadata ? NULL
		                                                         : json_incref(s->doc);
	if (voices <= 1)
		return json_incref(s->doc);
	for (unsigned i = 0; i < cf->source_count; i++) {
		const struct poll_source *o =
		        find_authoritative_source(a, &cf->source[i], resource);
		json_auto_t *doc = NULL;

		if (!o)
			continue;
		doc = o->doc ? json_incref(o->doc) : metadata_cache_part(resource, o->src.name);
		if (doc && !all)
			all = json_object();
		if (doc)
			(void)json_object_update(all, doc);
	}
	if (s->doc)
		metadata_cache_part_keep(resource, s->src.name, s->doc);
	return all;
}

/* On disk, so that a restart knows it; what cannot be written is written with the next poll. */
static int keep_known_metadata(struct daemon_known *k, bool told)
{
	int r = metadata_cache_write(k->resource, k->cached.metadata, k->cached.physical_id);

	if (r < 0 && told)
		log_warn("%s: cannot write its metadata to disk, kept in memory: %s", k->resource,
		        strerror(-r));
	k->unsaved = r < 0;
	return r;
}

/* Hands a resource's metadata of a poll to settings, record, caches, services and hooks. */
static int take_resource_metadata(
        struct daemon *a, const char *resource, json_t *metadata, const char *physical_id)
{
	struct daemon_known *k = find_known_resource(a, resource);
	struct metadata_cache *was = &k->cached;
	bool changed = metadata && (!was->metadata || !json_equal(was->metadata, metadata) ||
	                                   strcmp(was->physical_id, physical_id) != 0);
	const bool own =
	        strcmp(resource, a->files->own) == 0 || strcmp(resource, a->conf->own) == 0;
	json_auto_t *overlay = own ? overlay_of(metadata) : NULL;
	int r = 0;

	if (!a->once && metadata && own)
		take_overlay(a, overlay);
	/* Records of hooks before the caches: a crash in between then runs a hook again, not never. */
	hooks_view(&a->hooks, &(struct hook_view){ .resource = resource,
	                              .metadata = metadata,
	                              .physical_id = physical_id,
	                              .old_metadata = was->metadata,
	                              .old_physical_id = was->physical_id });
	if (changed) {
		log_info("%s: %s metadata", resource, was->metadata ? "changed" : "first");
		json_decref(was->metadata);
		was->metadata = json_incref(metadata);
		STR_COPY(was->physical_id, physical_id);
	}
	if (changed || (metadata && k->unsaved))
		r = keep_known_metadata(k, changed);
	if (metadata)
		services_check(&a->services, a->conf, resource, metadata);
	hooks_run(&a->hooks);
	if (metadata && own)
		deployments_on_metadata(&a->deployments, metadata);
	return r;
}

/*
 * Only the CFN API has the server's identity. The substitute for other sources must not depend on
 * which one answered last.
 */
static const char *physical_id_of(struct daemon *a, const struct poll_source *s)
{
	const char *was = find_known_resource(a, s->src.resource)->cached.physical_id;

	return s->src.kind != SOURCE_CFN && *was ? was : s->physical_id;
}

int daemon_on_metadata(struct polls *p, struct poll_source *s, bool gone)
{
	struct daemon *a = container_of(p, struct daemon, polls);
	json_auto_t *metadata = NULL;
	/* Settings that this answer brings may free the source itself. */
	char resource[CONF_STR], physical_id[sizeof(s->physical_id)];
	int r = 0;

	STR_COPY(resource, s->src.resource);
	STR_COPY(physical_id, physical_id_of(a, s));
	if (s->src.kind != SOURCE_EC2) {
		metadata = merge_source_metadata(a, s);
		if (metadata || gone)
			r = take_resource_metadata(a, resource, metadata, physical_id);
	}
	os_collect_config_on_metadata(&a->collect, p);
	if (a->deaf)
		daemon_listen(a);
	return r;
}

static void log_settings_report(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	log_at(error ? LOG_ERR : LOG_WARNING, "%s", line);
}

void daemon_reload(struct daemon *a)
{
	struct conf_report report = { .say = log_settings_report };
	struct conf *files = calloc(1, sizeof(*files)), *next = files, *old = a->files;

	notify_reloading();
	a->fingerprint = conf_fingerprint(a->files);
	if (!files || conf_load(files, a->who, a->hooks_dir, &report) < 0) {
		log_err("the files are rejected; the settings in force stay");
		(void)snprintf(a->conf_error, sizeof(a->conf_error),
		        "the last reload failed: see the log, or prehup check");
		free(files);
		notify_ready();
		return;
	}
	if (a->overlay)
		next = laid_over(a, files, a->overlay);
	if (!next) {
		log_err("%s, with the new files; only the files' settings apply", a->overlay_error);
		json_decref(a->overlay);
		a->overlay = NULL;
		next = files;
	}
	a->conf_error[0] = '\0';
	json_decref(a->refused); /* the new files may allow settings that the old ones did not */
	a->refused = NULL;
	put_in_force(a, next); /* frees an overlaid one that was in force; `old` is ours */
	a->files = files;
	conf_drop(old);
	polls_now(&a->polls);
	log_info("settings read again");
	notify_ready();
}

void daemon_free_conf(struct daemon *a)
{
	if (a->conf != a->files)
		conf_drop(a->conf);
	conf_drop(a->files);
	json_decref(a->overlay);
	json_decref(a->refused);
	while (a->known_count)
		json_decref(a->known[--a->known_count].cached.metadata);
}
