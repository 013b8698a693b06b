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

/* Both configurations exist until every part uses the new one. */
static void put_in_force(struct daemon *d, struct conf *next)
{
	struct conf *was = d->conf;
	bool alike = collects_alike(was, next);
	int r;

	d->conf = next;
	hooks_conf(&d->hooks, next);
	signals_conf(&d->signals, next);
	d->services.conf = next; /* it may be checking services */
	d->deployments.conf = next;
	d->collect.conf = next;
	polls_conf(&d->metadata.polls, next, false);
	if (!d->once)
		daemon_listen(d);
	if (!d->once && !alike) {
		r = daemon_start_collectors(d);
		if (r < 0)
			(void)log_fail(r, "cannot start the collectors with the new settings");
	}
	if (was != d->files)
		conf_drop(was);
}

/*
 * Extracts the settings of metadata: `prehup`, and `os-collect-config`, which names the transport
 * to poll next.
 */
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

/*
 * Returns the settings of `files` with the overlay applied, or NULL with the error in
 * overlay_error.
 */
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

/*
 * Applies only the transport: an error in `prehup` must not keep the guest from following Heat to
 * another transport.
 */
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

/* Applies the settings of the own resource's metadata; NULL: there are none any more. */
static void take_overlay(struct daemon *d, json_t *overlay)
{
	struct conf *next = d->files;

	if (overlay == d->overlay || (overlay && d->overlay && json_equal(overlay, d->overlay))) {
		d->overlay_error[0] = '\0'; /* back to the current settings */
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
		log_err("%s; rejected as a whole, the current settings remain", d->overlay_error);
		follow_alone(d, json_object_get(overlay, "follow"));
		return;
	}
	d->overlay_error[0] = '\0';
	json_decref(d->overlay);
	d->overlay = overlay ? json_incref(overlay) : NULL;
	if (json_object_get(overlay, "prehup"))
		log_info("metadata: its prehup settings are in force");
	else
		log_debug("metadata: no prehup settings, those of the files apply");
	put_in_force(d, next);
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
		return; /* the error is logged when the metadata is polled again */
	d->overlay = json_incref(overlay);
	d->conf = next;
}

/* Hands a resource's new metadata to settings, records, caches, services, hooks and deployments. */
static int apply_metadata(struct daemon *d, const struct metadata_update *u)
{
	json_t *metadata = u->now.metadata;
	const bool own = metadata && (strcmp(u->resource, d->files->own) == 0 ||
	                                     strcmp(u->resource, d->conf->own) == 0);
	int r;

	if (own && !d->once) {
		json_auto_t *overlay = overlay_of(metadata);

		take_overlay(d, overlay);
	}
	/*
	 * Hook records are written before the caches: after a crash in between, a hook runs again
	 * instead of never.
	 */
	hooks_view(&d->hooks, &(struct hook_view){ .resource = u->resource,
	                              .metadata = metadata,
	                              .physical_id = u->now.physical_id,
	                              .old_metadata = u->old.metadata,
	                              .old_physical_id = u->old.physical_id });
	r = metadata_store(&d->metadata, u);
	if (metadata)
		services_check(&d->services, d->conf, u->resource, metadata);
	hooks_run(&d->hooks);
	if (own)
		deployments_on_metadata(&d->deployments, metadata);
	return r;
}

int daemon_on_metadata(struct metadata *m, const struct metadata_update *u)
{
	struct daemon *d = container_of(m, struct daemon, metadata);
	int r = u->now.metadata || u->gone ? apply_metadata(d, u) : 0;

	os_collect_config_on_metadata(&d->collect, &m->polls);
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
		log_err("the configuration is rejected; the current settings remain");
		(void)snprintf(d->conf_error, sizeof(d->conf_error),
		        "the last reload failed: see the log, or prehup check");
		free(files);
		notify_ready();
		return;
	}
	if (d->overlay)
		next = laid_over(d, files, d->overlay);
	if (!next) {
		log_err("%s (with the new files); only the settings of the files apply",
		        d->overlay_error);
		json_decref(d->overlay);
		d->overlay = NULL;
		next = files;
	}
	d->conf_error[0] = '\0';
	json_decref(d->refused); /* the new files may allow settings that the old ones rejected */
	d->refused = NULL;
	put_in_force(d, next); /* frees overlaid settings; `old` is freed below */
	d->files = files;
	conf_drop(old);
	polls_now(&d->metadata.polls);
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
}
