/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hook/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/log.h"
#include "agent/base/paths.h"
#include "agent/hook/hooks_internal.h"

static const char spool_folder[] = PATH_STATE "/events";
static const char budgets_file[] = PATH_STATE "/hook-budgets.json";

static struct hook_slot *create_hook_slot(const struct hook *k)
{
	struct hook_slot *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return NULL;
	s->hook = k;
	r = hook_record_load(&s->record, k);
	if (r < 0 && r != -ENOENT && r != -EBADMSG)
		log_warn("hook %s: cannot read its record: %s", k->name, strerror(-r));
	return s;
}

/* Removes the slot of this hook from an old list and returns it; NULL: there is none. */
static struct hook_slot *take_matching_slot(
        struct hook_slot **old, unsigned n, const struct hook *k)
{
	for (unsigned i = 0; i < n; i++) {
		struct hook_slot *s = old[i];

		if (s && strcmp(s->hook->name, k->name) == 0 &&
		        strcmp(s->hook->path, k->path) == 0) {
			old[i] = NULL;
			return s;
		}
	}
	return NULL;
}

/* Releases a slot now, or when its running hook has ended. */
static void drop_hook_slot(struct hooks *h, struct hook_slot *s)
{
	for (int i = 0; i < QUEUES; i++) {
		if (h->queue[i].busy && h->queue[i].slot == s) {
			s->hook = NULL;
			return;
		}
	}
	hook_slot_free(s);
}

/*
 * Both configurations exist during the call. If there is no memory for a slot, its hook is skipped
 * and logged; the next change of the configuration retries.
 */
void hooks_conf(struct hooks *h, const struct conf *cf)
{
	struct hook_slot *old[HOOK_MAX];
	unsigned n = h->count;

	memcpy(old, h->slot, sizeof(old));
	h->count = 0;
	for (unsigned i = 0; i < cf->hook_count && i < HOOK_MAX; i++) {
		const struct hook *k = &cf->hook[i];
		struct hook_slot *s = take_matching_slot(old, n, k);

		if (!s)
			s = create_hook_slot(k);
		if (!s) {
			log_err("hook %s: out of memory", k->name);
			continue;
		}
		s->hook = k;
		h->slot[h->count++] = s;
	}
	for (unsigned i = 0; i < n; i++)
		if (old[i])
			drop_hook_slot(h, old[i]);
	h->conf = cf;
	hook_queues_run(h);
}

/* Returns a new reference to the value at the hook's path; NULL: none. */
static json_t *find_hook_value(const struct hook *k, json_t *metadata, const char *physical_id)
{
	if (!metadata)
		return NULL;
	if (k->watches == WATCH_PHYSICAL_ID)
		return physical_id && *physical_id ? json_string(physical_id) : NULL;
	return json_incref(hook_value(k, metadata));
}

/*
 * A hook without a record starts from the last known metadata of its resource, if any. The record
 * is written at once, because the starting point would differ after a crash.
 */
static void seed_hook_record(struct hook_slot *s, const struct hook_view *v)
{
	if (s->record.known)
		return;
	s->record.known = true;
	if (v->old_metadata) {
		s->record.done = find_hook_value(s->hook, v->old_metadata, v->old_physical_id);
		s->record.virgin = false;
	}
	hook_slot_save(s);
}

void hooks_view(struct hooks *h, const struct hook_view *v)
{
	for (unsigned i = 0; i < h->count; i++) {
		struct hook_slot *s = h->slot[i];

		if (strcmp(s->hook->resource, v->resource) != 0)
			continue;
		seed_hook_record(s, v);
		json_decref(s->value);
		s->value = find_hook_value(s->hook, v->metadata, v->physical_id);
		s->seen = true;
	}
}

void hooks_run(struct hooks *h)
{
	hook_queues_run(h);
}

/* Finds a queued event about the same series, which is outdated. */
static struct spool_entry *find_outdated_hook_event(
        struct hooks *h, const char *hook, const char *about)
{
	struct spool_entry *e;

	for (e = spool_next(&h->events, NULL); e; e = spool_next(&h->events, e)) {
		const char *a = json_string_value(json_object_get(e->body, "about"));
		const char *k = json_string_value(json_object_get(e->body, "hook"));

		if (!e->busy && a && k && strcmp(a, about) == 0 && strcmp(k, hook) == 0)
			return e;
	}
	return NULL;
}

static void queue_hook_event(struct hooks *h, const struct hook_slot *s, const struct hook_event *e)
{
	struct spool_entry *old = find_outdated_hook_event(h, s->hook->name, e->about);
	json_t *body = json_pack("{ss si ss sO}", "hook", s->hook->name, "trigger", (int)e->trigger,
	        "about", e->about, "env", e->env);

	if (old && body) {
		json_decref(old->body);
		old->body = body;
		old->attempts = 0;
		spool_save(&h->events, old);
		return;
	}
	if (!spool_add(&h->events, body, time(NULL)))
		log_err("hook %s: %u events are already pending; this one (%s) is dropped",
		        s->hook->name, SPOOL_MAX, trigger_name(e->trigger));
	else if (h->events.error < 0)
		log_warn("hook %s: its event is kept in memory only: %s", s->hook->name,
		        strerror(-h->events.error));
}

void hooks_event(struct hooks *h, const struct hook_event *e)
{
	for (unsigned i = 0; i < h->count; i++) {
		const struct hook_slot *s = h->slot[i];

		if ((s->hook->triggers & e->trigger) &&
		        (!e->resource || strcmp(e->resource, s->hook->resource) == 0))
			queue_hook_event(h, s, e);
	}
	json_decref(e->env);
	hook_queues_run(h);
}

int hooks_open(struct hooks *h, struct loop *l, const struct conf *cf)
{
	int r;

	h->loop = l;
	hook_queues_open(h);
	r = spool_open(&h->events, spool_folder);
	if (r < 0)
		log_warn("hooks: %s: %s; events are kept in memory only", spool_folder,
		        strerror(-r));
	rate_limits_open(&h->budgets, budgets_file, loop_now());
	hooks_conf(h, cf);
	return 0;
}

static json_t *build_slot_status(const struct hook_slot *s, uint64_t now_ms)
{
	const struct hook_record *r = &s->record;
	bool waits = r->attempts && !r->given_up && r->due_ms > now_ms;

	return json_pack("{ss ss ss so so sI sb so}", "name", s->hook->name, "path", s->hook->path,
	        "from", s->hook->where, "last_status",
	        r->last_status < 0 ? json_null() : json_integer(r->last_status), "last_error",
	        *s->last_error ? json_string(s->last_error) : json_null(), "attempts",
	        (json_int_t)r->attempts, "given_up", r->given_up, "next_try_s",
	        waits ? json_integer((json_int_t)((r->due_ms - now_ms) / 1000)) : json_null());
}

json_t *hooks_status(struct hooks *h)
{
	uint64_t now_ms = loop_now();
	json_t *list = json_array();

	for (unsigned i = 0; i < h->count; i++) {
		json_t *o = build_slot_status(h->slot[i], now_ms);
		bool runs = false;

		for (int j = 0; j < QUEUES; j++)
			runs |= h->queue[j].busy && h->queue[j].slot == h->slot[i];
		(void)json_object_set_new(o, "running", json_boolean(runs));
		(void)json_array_append_new(list, o);
	}
	return list;
}

void hooks_close(struct hooks *h)
{
	if (!h->loop)
		return;
	loop_timer_stop(h->loop, &h->timer);
	for (int i = 0; i < QUEUES; i++) {
		struct hook_queue *l = &h->queue[i];

		if (!l->busy)
			continue;
		child_forget(&l->child);
		json_decref(l->value);
		/* The running hook still uses the files of its environment. */
		l->env.files = 0;
		hook_env_clear(&l->env);
		if (!l->slot->hook)
			hook_slot_free(l->slot);
	}
	for (unsigned i = 0; i < h->count; i++)
		hook_slot_free(h->slot[i]);
	spool_close(&h->events);
	*h = (struct hooks){ 0 };
}
