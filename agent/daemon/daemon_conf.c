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
static void put_in_force(struct daemon *d, struct conf *next)
{
	struct conf *was = d->conf;
	bool alike = collects_alike(was, next);
	int r;

	d->conf = next;
	hooks_conf(&d->hooks, next);
	signals_conf(&d->signals, next);
	d->services.conf = next; /* a round may be under way */
	d->deployments.conf = next;
	d->collect.conf = next;
	polls_conf(&d->polls, next, false);
	if (!d->once)
		daemon_listen(d);
	if (!d->once && !alike) {
		r = daemon_start_collectors(d);
		if (r < 0)
			(void)log_fail(r, "cannot collect with the new settings");
	}
	if (was != d->files)
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
static struct conf *laid_over(struct daemon *d, const struct conf *files, const json_t *overlay)
{
	struct conf *next = calloc(1, sizeof(*next));
	char err[CONF_ERR] = "out of memory";

	if (next && conf_overlay(next, files, json_object_get(overlay, "prehup"),
	                    json_object_get(overlay, "follow"), err) == 0)
		return next;
	free(next);
	STR_COPY(d->overlay_error, err);
	return NULL;
}

/* A mistake in `prehup` must not keep the guest from following Heat to another transport. */
static void follow_alone(struct daemon *d, json_t *follow)
{
	json_t *was = json_object_get(d->overlay, "prehup");
	json_auto_t *mixed = json_pack("{sO* sO*}", "prehup", was, "follow", follow);
	char error[CONF_ERR];
	struct conf *next;

	if (!follow || (d->overlay && json_equal(mixed, d->overlay)))
		return;
	memcpy(error, d->overlay_error, sizeof(error));
	next = laid_over(d, d->files, mixed);
	memcpy(d->overlay_error, error, sizeof(error));
	if (!next)
		return;
	json_decref(d->overlay);
	d->overlay = json_incref(mixed);
	put_in_force(d, next);
}

/* What our own resource says of settings; NULL: nothing any more. */
static void take_overlay(struct daemon *d, json_t *overlay)
{
	struct conf *next = d->files;

	if (overlay == d->overlay || (overlay && d->overlay && json_equal(overlay, d->overlay))) {
		d->overlay_error[0] = '\0'; /* restores the settings in force */
		json_decref(d->refused);
		d->refused = NULL;
		return;
	}
	if (overlay && d->refused && json_equal(overlay, d->refused))
		return;
	if (overlay)
		next = laid_over(d, d->files, overlay);
	json_decref(d->refused);
	d->refused = next ? NULL : json_incref(overlay);
	if (!next) {
		log_err("%s; nothing of it is taken, the settings in force stay", d->overlay_error);
		follow_alone(d, json_object_get(overlay, "follow"));
		return;
	}
	d->overlay_error[0] = '\0';
	json_decref(d->overlay);
	d->overlay = overlay ? json_incref(overlay) : NULL;
	if (json_object_get(overlay, "prehup"))
		log_info("metadata: its prehup settings are in force");
	else
		log_debug("metadata: has no prehup settings: the files' hold");
	put_in_force(d, next);
}

static struct daemon_known *find_known_resource(struct daemon *d, const char *resource)
{
	struct daemon_known *k = d->known;
	const char *from;

	while (k < d->known + d->known_count && strcmp(k->resource, resource) != 0)
		k++;
	if (k < d->known + d->known_count)
		return k;
	if (d->known_count == POLL_MAX) { /* resources that came and went: forget the first */
		json_decref(d->known[0].cached.metadata);
		memmove(&d->known[0], &d->known[1], (POLL_MAX - 1) * sizeof(*k));
		d->known_count--;
		k = &d->known[d->known_count];
	}
	d->known_count++;
	STR_COPY(k->resource, resource);
	metadata_cache_read(&k->cached, resource, d->polls.count == 1, &from);
	if (k->cached.metadata)
		log_debug("%s: known from %s", resource, from);
	return k;
}

json_t *source_last_known(struct polls *p, const char *resource)
{
	return json_incref(find_known_resource(container_of(p, struct daemon, polls), resource)
	                           ->cached.metadata);
}

void daemon_restore_settings(struct daemon *d)
{
	struct metadata_cache cached = { 0 };
	json_auto_t *overlay = NULL;
	struct conf *next;
	const char *from;

	if (*d->conf->own)
		metadata_cache_read(&cached, d->conf->own, false, &from);
	overlay = overlay_of(cached.metadata);
	json_decref(cached.metadata);
	next = overlay ? laid_over(d, d->files, overlay) : NULL;
	if (!next)
		return; /* a mistake is logged when the metadata is read again */
	d->overlay = json_incref(overlay);
	d->conf = next;
}

/*
 * Returns the authoritative source of the resource's metadata if this source is one for it, else
 * NULL.
 */
static struct poll_source *find_authoritative_source(
        struct daemon *d, const struct source *src, const char *resource)
{
	struct poll_source *s = polls_find(&d->polls, src);

	return s && src->kind != SOURCE_EC2 && src->kind != SOURCE_HEAT_LOCAL &&
	                       strcmp(src->resource, resource) == 0 &&
	                       polls_is_authoritative(&d->polls, s)
	               ? s
	               : NULL;
}

/*
 * Merges the metadata of all sources of a resource; for a key the later source wins. A source
 * without an answer since the start counts with its last one. The initial metadata counts while no
 * other is known. Returns a new reference, or NULL if there is none or nothing new.
 */
static json_t *merge_source_metadata(struct daemon *d, const struct poll_source *s)
{
	const char *resource = s->src.resource;
	const struct conf *cf = d->conf;
	json_t *all = NULL;
	unsigned voices = 0;

	for (unsigned i = 0; i < cf->source_count; i++)
		voices += find_authoritative_source(d, &cf->source[i], resource) != NULL;
	if (s->src.kind == SOURCE_HEAT_LOCAL)
		return find_known_resource(d, resource)->cached.metadata ? NULL
		                                                         : json_incref(s->doc);
	if (voices <= 1)
		return json_incref(s->doc);
	for (unsigned i = 0; i < cf->source_count; i++) {
		const struct poll_source *o =
		        find_authoritative_source(d, &cf->source[i], resource);
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
        struct daemon *d, const char *resource, json_t *metadata, const char *physical_id)
{
	struct daemon_known *k = find_known_resource(d, resource);
	struct metadata_cache *was = &k->cached;
	bool changed = metadata && (!was->metadata || !json_equal(was->metadata, metadata) ||
	                                   strcmp(was->physical_id, physical_id) != 0);
	const bool own =
	        strcmp(resource, d->files->own) == 0 || strcmp(resource, d->conf->own) == 0;
	json_auto_t *overlay = own ? overlay_of(metadata) : NULL;
	int r = 0;

	if (!d->once && metadata && own)
		take_overlay(d, overlay);
	/* Records of hooks before the caches: a crash in between then runs a hook again, not never. */
	hooks_view(&d->hooks, &(struct hook_view){ .resource = resource,
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
		services_check(&d->services, d->conf, resource, metadata);
	hooks_run(&d->hooks);
	if (metadata && own)
		deployments_on_metadata(&d->deployments, metadata);
	return r;
}

/*
 * Only the CFN API has the server's identity. The substitute for other sources must not depend on
 * which one answered last.
 */
static const char *physical_id_of(struct daemon *d, const struct poll_source *s)
{
	const char *was = find_known_resource(d, s->src.resource)->cached.physical_id;

	return s->src.kind != SOURCE_CFN && *was ? was : s->physical_id;
}

int daemon_on_metadata(struct polls *p, struct poll_source *s, bool gone)
{
	struct daemon *d = container_of(p, struct daemon, polls);
	json_auto_t *metadata = NULL;
	/* Settings that this answer brings may free the source itself. */
	char resource[CONF_STR], physical_id[sizeof(s->physical_id)];
	int r = 0;

	STR_COPY(resource, s->src.resource);
	STR_COPY(physical_id, physical_id_of(d, s));
	if (s->src.kind != SOURCE_EC2) {
		metadata = merge_source_metadata(d, s);
		if (metadata || gone)
			r = take_resource_metadata(d, resource, metadata, physical_id);
	}
	os_collect_config_on_metadata(&d->collect, p);
	if (d->listen_failed)
		daemon_listen(d);
	return r;
}

static void log_settings_report(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	log_at(error ? LOG_ERR : LOG_WARNING, "%s", line);
}

void daemon_reload(struct daemon *d)
{
	struct conf_report report = { .say = log_settings_report };
	struct conf *files = calloc(1, sizeof(*files)), *next = files, *old = d->files;

	notify_reloading();
	d->fingerprint = conf_fingerprint(d->files);
	if (!files || conf_load(files, d->who, d->hooks_dir, &report) < 0) {
		log_err("the files are rejected; the settings in force stay");
		(void)snprintf(d->conf_error, sizeof(d->conf_error),
		        "the last reload failed: see the log, or prehup check");
		free(files);
		notify_ready();
		return;
	}
	if (d->overlay)
		next = laid_over(d, files, d->overlay);
	if (!next) {
		log_err("%s, with the new files; only the files' settings apply", d->overlay_error);
		json_decref(d->overlay);
		d->overlay = NULL;
		next = files;
	}
	d->conf_error[0] = '\0';
	json_decref(d->refused); /* the new files may allow settings that the old ones did not */
	d->refused = NULL;
	put_in_force(d, next); /* frees an overlaid one that was in force; `old` is ours */
	d->files = files;
	conf_drop(old);
	polls_now(&d->polls);
	log_info("settings read again");
	notify_ready();
}

void daemon_free_conf(struct daemon *d)
{
	if (d->conf != d->files)
		conf_drop(d->conf);
	conf_drop(d->files);
	json_decref(d->overlay);
	json_decref(d->refused);
	while (d->known_count)
		json_decref(d->known[--d->known_count].cached.metadata);
}
