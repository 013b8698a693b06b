/* SPDX-License-Identifier: Apache-2.0 */
/* agent_conf.c - what a poll or a reload brings, put in force between two ticks. */
#include "agent/agent_conf.h"

#include <stdio.h>
#include <string.h>

#include "agent/conf_watch.h"
#include "agent/log.h"
#include "agent/notify.h"

const char *agent_own_resource(const struct conf *cf)
{
	if (*cf->resource)
		return cf->resource;
	for (unsigned i = 0; i < cf->hook_count; i++)
		if (*cf->hook[i].resource)
			return cf->hook[i].resource;
	return *cf->metadata_file ? "local" : "";
}

static void conf_drop(struct conf *cf)
{
	if (cf)
		conf_free(cf);
	free(cf);
}

static bool collects_alike(const struct conf *a, const struct conf *b)
{
	return a->collect_s == b->collect_s && strcmp(a->collectors, b->collectors) == 0 &&
	       strcmp(a->filesystems, b->filesystems) == 0;
}

/* Both configurations live until every part has changed over. */
static void put_in_force(struct agent *a, struct conf *next)
{
	struct conf *was = a->conf;
	bool alike = collects_alike(was, next);
	int r;

	a->conf = next;
	hooks_conf(&a->hooks, next);
	signals_conf(&a->heat_signals, next);
	a->services.conf = next; /* a round may be under way */
	polls_conf(&a->polls, next, false);
	if (!a->once && !alike) {
		r = agent_collect(a);
		if (r < 0)
			(void)log_fail(r, "cannot collect with the new settings");
	}
	if (was != a->files)
		conf_drop(was);
}

/* The settings of `files` with `overlay` laid over, or NULL with the error noted. */
static struct conf *laid_over(struct agent *a, const struct conf *files, const json_t *overlay)
{
	struct conf *next = calloc(1, sizeof(*next));
	char err[CONF_ERR] = "out of memory";

	if (next && conf_overlay(next, files, overlay, err) == 0)
		return next;
	free(next);
	(void)snprintf(a->overlay_error, sizeof(a->overlay_error), "%s", err);
	return NULL;
}

/* The `prehup` object of our own resource; NULL: there is none any more. */
static void take_overlay(struct agent *a, json_t *overlay)
{
	struct conf *next = a->files;

	if (overlay == a->overlay || (overlay && a->overlay && json_equal(overlay, a->overlay))) {
		a->overlay_error[0] = '\0'; /* back to what is in force */
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
		return;
	}
	a->overlay_error[0] = '\0';
	json_decref(a->overlay);
	a->overlay = overlay ? json_incref(overlay) : NULL;
	log_info("metadata: %s", overlay ? "its prehup settings are in force"
	                                 : "has no prehup settings any more: the files' hold");
	put_in_force(a, next);
}

static struct agent_known *known(struct agent *a, const char *resource)
{
	struct agent_known *k = a->known;
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
	(void)snprintf(k->resource, sizeof(k->resource), "%s", resource);
	cache_read(&k->cached, resource, a->polls.count == 1, &from);
	if (k->cached.metadata)
		log_debug("%s: known from %s", resource, from);
	return k;
}

void agent_got(struct polls *p, const char *resource, const struct cfn_resource *r)
{
	struct agent *a = container_of(p, struct agent, polls);
	struct cached *was = &known(a, resource)->cached;
	json_t *overlay = json_object_get(r->metadata, "prehup");
	bool changed = r->metadata && (!was->metadata || !json_equal(was->metadata, r->metadata) ||
	                                      strcmp(was->physical_id, r->physical_id) != 0);
	int e;

	if (!a->once && r->metadata && strcmp(resource, agent_own_resource(a->files)) == 0)
		take_overlay(a, overlay);
	/* Records of hooks before the caches: a crash in between then runs a hook again, not never. */
	hooks_view(&a->hooks, &(struct hook_view){ .resource = resource,
	                              .metadata = r->metadata,
	                              .physical_id = r->physical_id,
	                              .old_metadata = was->metadata,
	                              .old_physical_id = was->physical_id });
	if (changed) {
		log_info("%s: %s metadata", resource, was->metadata ? "changed" : "first");
		e = cache_write(resource, r->metadata, r->physical_id);
		if (e < 0)
			log_warn("%s: cannot write its metadata to disk, kept in memory: %s",
			        resource, strerror(-e));
		json_decref(was->metadata);
		was->metadata = json_incref(r->metadata);
		(void)snprintf(was->physical_id, sizeof(was->physical_id), "%s", r->physical_id);
	}
	if (r->metadata)
		services_check(&a->services, a->conf, resource, r->metadata);
	hooks_run(&a->hooks);
}

static void say(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	log_at(error ? LOG_ERR : LOG_WARNING, "%s", line);
}

void agent_reload(struct agent *a)
{
	struct conf_report report = { .say = say };
	struct conf *files = calloc(1, sizeof(*files)), *next = files, *old = a->files;

	notify_reloading();
	a->fingerprint = conf_fingerprint(a->files);
	if (!files || conf_load(files, a->who, a->hooks_dir, &report) < 0) {
		log_err("the files are not taken; the settings in force stay");
		(void)snprintf(a->conf_error, sizeof(a->conf_error),
		        "the last reload failed: see the log, or prehup check");
		free(files);
		notify_ready();
		return;
	}
	if (a->overlay)
		next = laid_over(a, files, a->overlay);
	if (!next) {
		log_err("%s, with the files as they are now; the files' settings hold alone",
		        a->overlay_error);
		json_decref(a->overlay);
		a->overlay = NULL;
		next = files;
	}
	a->conf_error[0] = '\0';
	put_in_force(a, next); /* frees an overlaid one that was in force; `old` is ours */
	a->files = files;
	conf_drop(old);
	polls_now(&a->polls);
	log_info("settings read again");
	notify_ready();
}

/*
 * A guest that is still being set up: what the daemon waits for is looked for at every interval, and
 * need not be told by a signal.  Once there is something to poll, SIGHUP says when to read again.
 */
static void look(struct loop_timer *t, uint64_t missed)
{
	struct agent *a = container_of(t, struct agent, watch);

	(void)missed;
	if (!polls_lacking(&a->polls)) {
		loop_timer_stop(&a->loop, &a->watch);
		return;
	}
	if (conf_fingerprint(a->files) != a->fingerprint)
		agent_reload(a);
}

int agent_watch(struct agent *a)
{
	uint64_t every_ms = a->conf->interval_s * 1000ULL;

	a->watch.fired = look;
	a->fingerprint = conf_fingerprint(a->files);
	return loop_timer_start(&a->loop, &a->watch, every_ms, every_ms);
}

void agent_forget(struct agent *a)
{
	if (a->conf != a->files)
		conf_drop(a->conf);
	conf_drop(a->files);
	json_decref(a->overlay);
	json_decref(a->refused);
	while (a->known_count)
		json_decref(a->known[--a->known_count].cached.metadata);
}
