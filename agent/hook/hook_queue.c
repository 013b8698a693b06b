/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hook/hooks_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/base/backoff.h"
#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/redact.h"
#include "agent/base/text.h"

void hook_slot_save(struct hook_slot *s)
{
	int r = hook_record_save(&s->record, s->hook);

	/* In the worst case the hook runs again after a crash. */
	if (r < 0)
		log_warn("hook %s: cannot write its record, it may run again after a restart: %s",
		        s->hook->name, strerror(-r));
}

/* Logs the last lines of a hook's output, one log line for each. */
static void show_output(const struct hook *hook, const struct child_result *res, int level)
{
	auto_free char *text = strdup(res->output);
	char *rest = text, *line;

	if (!text)
		return;
	redact(text);
	if (res->output_bytes > strlen(text))
		log_at(level, "hook %s: ... %llu bytes of output, the last follow", hook->name,
		        (unsigned long long)res->output_bytes);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line)
			log_at(level, "hook %s: | %s", hook->name, line);
}

/* Writes "exit status 3" or "killed by signal 9" to ret. Returns the exit status. */
static int describe_hook_outcome(const struct child_result *res, char *ret, size_t size)
{
	int status =
	        WIFEXITED(res->status) ? WEXITSTATUS(res->status) : 128 + WTERMSIG(res->status);

	if (res->timed_out)
		(void)snprintf(ret, size, "did not end within its time limit and was killed");
	else if (WIFSIGNALED(res->status))
		(void)snprintf(ret, size, "killed by signal %d", WTERMSIG(res->status));
	else if (status)
		(void)snprintf(ret, size, "exit status %d", status);
	else
		*ret = '\0';
	return res->timed_out && status == 0 ? 124 : status;
}

/* Returns 1, 2, 4 ... times the polling interval, at most an hour. */
static uint64_t retry_wait_ms(const struct conf *cf, unsigned attempts)
{
	return (uint64_t)backoff_s(cf->interval_s ? cf->interval_s : 1, 3600, attempts) * 1000;
}

static void failed_change(struct hooks *h, struct hook_slot *s, const json_t *value)
{
	struct hook_record *rec = &s->record;
	uint64_t wait_ms;

	hook_value_digest(rec->trying, value);
	rec->attempts++;
	rec->given_up = rec->attempts > s->hook->retries;
	wait_ms = retry_wait_ms(h->conf, rec->attempts);
	rec->due_ms = loop_now() + wait_ms;
	if (rec->given_up)
		log_err("hook %s: %s; given up after %u attempts, until its metadata changes again",
		        s->hook->name, s->last_error, rec->attempts);
	else if (rec->attempts == 1)
		log_warn("hook %s: %s; retrying in %llu s, at most %u times", s->hook->name,
		        s->last_error, (unsigned long long)wait_ms / 1000, s->hook->retries);
	else
		log_debug("hook %s: %s (attempt %u)", s->hook->name, s->last_error, rec->attempts);
}

static void ended_change(struct hooks *h, struct hook_queue *l, bool well)
{
	struct hook_record *rec = &l->slot->record;

	process_id_set(&rec->process, 0);
	if (well) {
		if (rec->attempts)
			log_notice("hook %s: succeeded after %u failures", l->slot->hook->name,
			        rec->attempts);
		json_decref(rec->done);
		rec->done = json_incref(l->value);
		rec->virgin = false;
		rec->attempts = 0;
		rec->given_up = false;
		rec->due_ms = 0;
		rec->trying[0] = '\0';
	} else {
		failed_change(h, l->slot, l->value);
	}
	hook_slot_save(l->slot);
}

static void ended_event(struct hooks *h, struct hook_queue *l, bool well)
{
	struct spool_entry *e = l->entry;
	struct hook_slot *s = l->slot;

	e->busy = false;
	if (well || ++e->attempts > s->hook->retries) {
		if (!well)
			log_err("hook %s: %s; given up after %u attempts", s->hook->name,
			        s->last_error, e->attempts);
		spool_remove(&h->events, e);
		return;
	}
	json_object_del(e->body, "process");
	e->due_ms = loop_now() + retry_wait_ms(h->conf, e->attempts);
	if (e->attempts == 1)
		log_warn("hook %s: %s; retrying in %llu s", s->hook->name, s->last_error,
		        (unsigned long long)(e->due_ms - loop_now()) / 1000);
	spool_save(&h->events, e);
}

static void on_queued_hook_end(struct hook_queue *l, bool well)
{
	struct hooks *h = l->owner;

	l->busy = false;
	hook_env_clear(&l->env);
	if (!l->slot->hook) { /* the hook was removed from the configuration while it ran */
		if (l->entry)
			spool_remove(&h->events, l->entry);
		hook_slot_free(l->slot);
	} else if (l->entry) {
		ended_event(h, l, well);
	} else {
		ended_change(h, l, well);
	}
	json_decref(l->value);
	l->value = NULL;
	l->entry = NULL;
	l->slot = NULL;
}

static void on_hook_child_end(struct child *c, const struct child_result *res)
{
	struct hook_queue *l = container_of(c, struct hook_queue, child);
	struct hook_slot *s = l->slot;
	bool well;

	s->record.last_status = describe_hook_outcome(res, s->last_error, sizeof(s->last_error));
	well = !*s->last_error;
	if (s->hook)
		show_output(s->hook, res, well ? LOG_DEBUG : LOG_WARNING);
	if (s->hook && well)
		log_info("hook %s: done (%s)", s->hook->name, trigger_name(l->trigger));
	if (s->hook && well && *s->hook->clears && l->owner->cleared)
		l->owner->cleared(l->owner, s->hook->clears); /* before the hook counts as done */
	on_queued_hook_end(l, well);
	hook_queues_run(l->owner);
}

static int build_hook_environment(struct hooks *h, struct hook_queue *l)
{
	const struct hook_slot *s = l->slot;
	const struct hook *k = s->hook;
	const bool id = k->watches == WATCH_PHYSICAL_ID;
	const struct {
		const char *name, *text;
	} plain[] = { { "PREHUP_HOOK", k->name }, { "PREHUP_TRIGGER", trigger_name(l->trigger) },
		{ "PREHUP_RESOURCE", k->resource }, { "PREHUP_STACK", h->conf->stack } };
	const char *name;
	json_t *v;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(plain) && r == 0; i++)
		r = hook_env_text(
		        &l->env, plain[i].name, plain[i].text, strlen(plain[i].text), k->runas);
	if (l->entry) {
		json_object_foreach (json_object_get(l->entry->body, "env"), name, v)
			if (r == 0)
				r = hook_env_json(&l->env, name, v, k->runas);
		return r;
	}
	if (r == 0)
		r = hook_env_json(&l->env, id ? "CFN_OLD_PHYSICAL_RESOURCE_ID" : "CFN_OLD_METADATA",
		        s->record.done, k->runas);
	if (r == 0)
		r = hook_env_json(&l->env, id ? "CFN_NEW_PHYSICAL_RESOURCE_ID" : "CFN_NEW_METADATA",
		        l->value, k->runas);
	return r;
}

static void note_process(struct hooks *h, struct hook_queue *l)
{
	struct process_id p;

	process_id_set(&p, l->child.pid);
	if (!l->entry) {
		l->slot->record.process = p;
		hook_slot_save(l->slot);
		return;
	}
	if (json_object_set_new(l->entry->body, "process", process_id_to_json(&p)) == 0)
		spool_save(&h->events, l->entry);
}

static void start_next_hook(struct hooks *h, struct hook_queue *l, const struct hook_next *pick)
{
	const struct hook *k = pick->slot->hook;
	struct child_spec spec;
	int r;

	l->slot = pick->slot;
	l->entry = pick->entry;
	l->trigger = pick->trigger;
	l->value = pick->entry ? NULL : json_incref(pick->slot->value);
	l->busy = true;
	if (l->entry)
		l->entry->busy = true;
	r = build_hook_environment(h, l);
	spec = (struct child_spec){ .command = k->action,
		.user = k->runas,
		.env = (const char *const *)l->env.at,
		.umask = k->umask,
		.timeout_s = k->timeout_s };
	if (r == 0)
		r = child_start(&l->child, h->loop, &spec);
	if (r == 0) {
		log_info("hook %s: started (%s)", k->name, trigger_name(l->trigger));
		note_process(h, l);
		return;
	}
	if (r == -ENOENT && *k->runas)
		(void)snprintf(l->slot->last_error, sizeof(l->slot->last_error),
		        "cannot run as %.60s: no such user", k->runas);
	else
		(void)snprintf(l->slot->last_error, sizeof(l->slot->last_error), "cannot start: %s",
		        strerror(-r));
	l->slot->record.last_status = 126;
	on_queued_hook_end(l, false);
}

static void on_hook_queue_timer(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	hook_queues_run(container_of(t, struct hooks, timer));
}

void hook_slot_free(struct hook_slot *s)
{
	hook_record_clear(&s->record);
	json_decref(s->value);
	free(s);
}

void hook_queues_open(struct hooks *h)
{
	h->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = on_hook_queue_timer };
	for (int i = 0; i < QUEUES; i++) {
		h->queue[i].owner = h;
		h->queue[i].child.done = on_hook_child_end;
	}
}

void hook_queues_run(struct hooks *h)
{
	uint64_t next_ms = UINT64_MAX, now = loop_now();

	for (int i = 0; i < QUEUES; i++) {
		struct hook_next pick;

		while (!h->queue[i].busy && hook_next(h, (enum hook_queue_kind)i, now, &pick))
			start_next_hook(h, &h->queue[i], &pick);
		if (!h->queue[i].busy && pick.next_ms < next_ms)
			next_ms = pick.next_ms;
	}
	loop_timer_stop(h->loop, &h->timer);
	if (next_ms != UINT64_MAX &&
	        loop_timer_start(h->loop, &h->timer, next_ms > now ? next_ms - now : 1, 0) < 0)
		log_err("hooks: cannot create a timer; pending hooks run at the next change");
}

bool hooks_busy(const struct hooks *h)
{
	return h->queue[QUEUE_CHANGES].busy || h->queue[QUEUE_PREDICTIONS].busy;
}
