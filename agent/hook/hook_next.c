/* SPDX-License-Identifier: Apache-2.0 */
/* hook_next.c - selects the next hook: compares values with records, and checks queued events. */
#include <errno.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/hook/hooks_internal.h"

/* Returns the trigger for the difference between record and current value, 0 if there is none. */
static enum trigger change_trigger(const struct hook_record *rec, const json_t *value)
{
	if (!rec->done)
		return value ? TRIGGER_ADD : 0;
	if (!value)
		return TRIGGER_REMOVE;
	return json_equal(rec->done, value) ? 0 : TRIGGER_UPDATE;
}

/* Returns the trigger for which this hook is due, 0 if it is not. */
static enum trigger wanted_trigger(const struct conf *cf, const struct hook_slot *s)
{
	const struct hook_record *rec = &s->record;
	enum trigger t = change_trigger(rec, s->value);

	if (t == TRIGGER_ADD && rec->virgin) {
		if (cf->first_run_none)
			return 0;
		/* Users of cfn-hup expect post.update when the metadata is first seen. */
		if (!(s->hook->triggers & TRIGGER_ADD))
			t = TRIGGER_UPDATE;
	}
	return s->hook->triggers & t;
}

/*
 * Called when no hook is due. Returns true if the current value becomes the baseline of the next
 * comparison; not if it was removed and the hook has no add trigger, which would miss the value's
 * return.
 */
static bool should_commit_baseline(const struct hook_slot *s)
{
	enum trigger c = change_trigger(&s->record, s->value);

	if (c == TRIGGER_REMOVE && !(s->hook->triggers & TRIGGER_ADD))
		return false;
	return c || s->record.virgin || s->record.attempts;
}

static void commit_hook_baseline(struct hook_slot *s)
{
	json_decref(s->record.done);
	s->record.done = s->value ? json_incref(s->value) : NULL;
	s->record.virgin = false;
	s->record.attempts = 0;
	s->record.given_up = false;
	hook_slot_save(s);
}

static void note_earliest_due(struct hook_next *p, uint64_t at_ms)
{
	if (at_ms < p->next_ms)
		p->next_ms = at_ms;
}

/*
 * Returns whether a process of an earlier run still runs the hook; it is then checked again every
 * second.
 */
static bool is_interrupted_run(
        struct hook_slot *s, struct process_id *p, uint64_t now_ms, struct hook_next *ret)
{
	if (!process_id_is_running(p)) {
		p->pid = 0;
		return false;
	}
	if (!s->last_error[0]) {
		log_notice("hook %s: process %d of an earlier run is still running; waiting for it",
		        s->hook->name, (int)p->pid);
		(void)memcpy(s->last_error, "waits for an earlier run",
		        sizeof("waits for an earlier run"));
	}
	note_earliest_due(ret, now_ms + 1000);
	return true;
}

static bool select_change(struct hooks *h, uint64_t now_ms, struct hook_next *ret)
{
	for (unsigned i = 0; i < h->count; i++) {
		struct hook_slot *s = h->slot[i];
		struct hook_record *rec = &s->record;
		char digest[DIGEST_HEX];
		enum trigger t;

		if (!s->seen || !(s->hook->triggers & TRIGGERS_OF_CHANGE))
			continue;
		t = wanted_trigger(h->conf, s);
		if (!t) {
			if (should_commit_baseline(s))
				commit_hook_baseline(s);
			continue;
		}
		if (is_interrupted_run(s, &rec->process, now_ms, ret))
			continue;
		hook_value_digest(digest, s->value);
		if (rec->attempts && strcmp(digest, rec->trying) != 0) {
			rec->attempts = 0; /* the failures were for another value */
			rec->given_up = false;
			rec->due_ms = 0;
		}
		if (rec->given_up)
			continue;
		if (rec->due_ms > now_ms) {
			note_earliest_due(ret, rec->due_ms);
			continue;
		}
		ret->slot = s;
		ret->trigger = t;
		return true;
	}
	return false;
}

static struct hook_slot *find_slot_by_name(struct hooks *h, const char *name)
{
	for (unsigned i = 0; name && i < h->count; i++)
		if (strcmp(h->slot[i]->hook->name, name) == 0)
			return h->slot[i];
	return NULL;
}

static bool is_prediction(enum trigger t)
{
	return t == TRIGGER_RAISED || t == TRIGGER_CLEARED;
}

/* Returns true if this event is due; a prediction then takes a token of the hook's budget. */
static bool is_event_due(struct hooks *h, struct spool_entry *e, struct hook_slot *s,
        uint64_t now_ms, struct hook_next *ret)
{
	struct process_id p;
	uint64_t wait_ms;

	process_id_from_json(&p, json_object_get(e->body, "process"));
	if (is_interrupted_run(s, &p, now_ms, ret))
		return false;
	if (e->due_ms > now_ms) {
		note_earliest_due(ret, e->due_ms);
		return false;
	}
	if (!is_prediction(ret->trigger) || e->attempts > 0 ||
	        rate_limits_take(
	                &h->budgets, s->hook->name, h->conf->hook_budget, now_ms, &wait_ms))
		return true;
	e->due_ms = now_ms + wait_ms;
	note_earliest_due(ret, e->due_ms);
	log_notice("hook %s: over its budget of %u an hour; waits %llu s", s->hook->name,
	        h->conf->hook_budget, (unsigned long long)wait_ms / 1000);
	return false;
}

static bool select_event(struct hooks *h, bool predictions, uint64_t now_ms, struct hook_next *ret)
{
	struct spool_entry *e, *next;

	for (e = spool_next(&h->events, NULL); e; e = next) {
		const char *hook = json_string_value(json_object_get(e->body, "hook"));
		struct hook_slot *s = find_slot_by_name(h, hook);
		enum trigger t =
		        (enum trigger)json_integer_value(json_object_get(e->body, "trigger"));

		next = spool_next(&h->events, e);
		if (e->busy || is_prediction(t) != predictions)
			continue;
		if (!s) {
			log_warn("hook %s: no longer configured; its event is dropped",
			        hook ? hook : "?");
			spool_remove(&h->events, e);
			continue;
		}
		ret->trigger = t;
		if (!is_event_due(h, e, s, now_ms, ret))
			continue;
		ret->slot = s;
		ret->entry = e;
		return true;
	}
	return false;
}

bool hook_next(struct hooks *h, enum hook_queue_kind queue, uint64_t now_ms, struct hook_next *ret)
{
	*ret = (struct hook_next){ .next_ms = UINT64_MAX };
	if (queue == QUEUE_PREDICTIONS)
		return select_event(h, true, now_ms, ret);
	return select_change(h, now_ms, ret) || select_event(h, false, now_ms, ret);
}
