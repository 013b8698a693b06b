/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deployments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/conf/conf_keys.h"
#include "heat/deploy/deploy_job.h"
#include "heat/deploy/deploy_record.h"
#include "heat/deploy/deploy_run.h"
#include "heat/deploy/deploy_signal.h"

enum { NO_HOOK = 127, INTERRUPTED = 125, ORPHAN_MS = 500, STUCK_MS = 10000 };

static void run_deployments(struct deployments *d);

bool deployments_wanted(const struct conf *cf)
{
	return cf->deployments == DEPLOYMENTS_YES ||
	       (cf->deployments == DEPLOYMENTS_AUTO && !*cf->command);
}

static json_t *record_of(const struct deployments *d, const char *key)
{
	return json_object_get(d->records, key);
}

static bool has_deploy_state(const json_t *rec, const char *state)
{
	return strcmp(deploy_text(rec, "state"), state) == 0;
}

/* A local fault (disk, spool) blocks progress: it is logged once, and retried. */
static void log_stuck_deployment(struct deployments *d, const char *name, const char *what, int r)
{
	if (!d->stuck)
		log_warn("deployment %s: %s: %s; retrying", name, what, strerror(-r));
	d->stuck = true;
	(void)loop_timer_start(d->loop, &d->timer, STUCK_MS, 0);
}

/*
 * Closes a record on disk, and then removes the result: until signal and record are both on disk,
 * the signal can be built again after a crash. Returns false if it has to be retried.
 */
static bool close_record(struct deployments *d, const char *key, json_t *rec)
{
	char id[DEPLOY_KEY + 16];

	(void)snprintf(id, sizeof(id), "deployment:%s", key);
	(void)json_object_del(rec, "open");
	if (signals_kept(d->signals, id) && deploy_record_save(key, rec) == 0) {
		deploy_job_remove(key);
		return true;
	}
	(void)json_object_set_new(rec, "open", json_true());
	return false;
}

/* Queues the signal, then closes the record. Returns false if it has to be retried. */
static bool conclude_deployment(
        struct deployments *d, const char *key, const json_t *item, json_t *signal)
{
	const char *name = deploy_text(item, "name");
	const json_int_t status = json_integer_value(json_object_get(signal, "deploy_status_code"));
	json_auto_t *rec = NULL;
	bool silent;
	json_t *entry = deploy_delivery(item, key, signal, &silent);
	int r = entry ? signals_post(d->signals, entry) : 0;

	if (r < 0) {
		log_stuck_deployment(d, name, "cannot queue its signal", r);
		return false;
	}
	if (!entry && !silent)
		log_err("deployment %s: no signal transport in its inputs; no signal is sent",
		        name);
	rec = json_pack("{ss ss ss sI sI}", "state", "done", "name", name, "group",
	        deploy_text(item, "group"), "status", status, "at", (json_int_t)time(NULL));
	if (!rec || json_object_set(d->records, key, rec) < 0) {
		log_stuck_deployment(d, name, "cannot create its record", -ENOMEM);
		return false;
	}
	if (!close_record(d, key, rec))
		log_warn("deployment %s: cannot write its result to disk; retrying", name);
	deploy_write_heat_config_files(key, item, signal);
	d->done++;
	d->failed += status != 0;
	d->stuck = false;
	log_at(status ? LOG_WARNING : LOG_INFO, "deployment %s: %s (status %lld)", name,
	        status ? "failed" : "done", (long long)status);
	return true;
}

static bool refuse_deployment(
        struct deployments *d, const char *key, const json_t *item, int status, const char *why)
{
	json_auto_t *signal = deploy_refusal(status, why);

	log_warn("deployment %s: %s", deploy_text(item, "name"), why);
	return signal && conclude_deployment(d, key, item, signal);
}

static unsigned deployment_timeout_s(const struct deployments *d, const json_t *item)
{
	const json_t *v = json_object_get(json_object_get(item, "options"), "timeout");
	double s = json_number_value(v);

	if (json_is_string(v) && conf_seconds(json_string_value(v), &s) < 0)
		s = 0;
	return s >= 1 && s <= 604800 ? (unsigned)s : d->conf->deployment_timeout_s;
}

/* Starts deployment-run by /proc/PID/exe: the running program, even if it was replaced on disk. */
static int launch_deployment(struct deployments *d, const char *key)
{
	char command[DEPLOY_KEY + 64];
	auto_free char *root = NULL;
	const char *env[] = { NULL, NULL };
	struct child_spec spec = { .command = command, .env = env, .umask = 022 };

	(void)snprintf(command, sizeof(command), "exec /proc/%d/exe deployment-run '%s'",
	        (int)getpid(), key);
	if (*path_root() && asprintf(&root, "PREHUP_SYSROOT=%s", path_root()) < 0)
		return -ENOMEM;
	env[0] = root;
	return child_start(&d->child, d->loop, &spec);
}

/* Removes record and files, as if the deployment had never been seen. */
static void forget_deployment(struct deployments *d, const char *key)
{
	(void)json_object_del(d->records, key);
	deploy_record_remove(key);
}

/* Starts an item that has not run. Returns false if it has to be retried. */
static bool start_deployment(struct deployments *d, const char *key, const json_t *item)
{
	const char *name = deploy_text(item, "name"), *why = "";
	json_auto_t *job = deploy_job(item, key, &why);
	json_auto_t *was = json_incref(record_of(d, key)); /* the record of an interrupted run */
	struct process_id p;
	json_t *rec;
	int r;

	if (!job)
		return refuse_deployment(d, key, item, NO_HOOK, why);
	(void)json_object_set_new(job, "timeout_s", json_integer(deployment_timeout_s(d, item)));
	rec = json_pack("{ss ss sO sI}", "state", "running", "name", name, "item", item, "at",
	        (json_int_t)time(NULL));
	if (!rec || json_object_set_new(d->records, key, rec) < 0) {
		log_stuck_deployment(d, name, "cannot create its record", -ENOMEM);
		return false;
	}
	r = deploy_job_save(key, job);
	if (r == 0)
		r = deploy_record_save(key, rec);
	if (r == 0)
		r = launch_deployment(d, key);
	if (r < 0) {
		if (was)
			/* `key` may point into `was` */
			(void)json_object_set(d->records, key, was);
		else
			forget_deployment(d, key);
		log_stuck_deployment(d, name, "cannot start it", r);
		return false;
	}
	d->stuck = false;
	deploy_write_heat_config_files(key, item, NULL);
	STR_COPY(d->key, key);
	process_id_set(&p, d->child.pid);
	(void)json_object_set_new(rec, "process", process_id_to_json(&p));
	(void)deploy_record_save(
	        /* without the process, a crash of the daemon would count as an interruption */
	        key, rec);
	log_info("deployment %s: running (group %s)", name, deploy_text(item, "group"));
	return true;
}

/* Handles a deployment whose process has ended, with or without a result. */
static bool finish_deployment(struct deployments *d, const char *key)
{
	json_t *rec = record_of(d, key);
	json_auto_t *item = json_incref(json_object_get(rec, "item"));
	json_auto_t *result = NULL, *signal = NULL, *plain = NULL;
	const char *why;

	if (deploy_result_load(key, &result) == 0) {
		plain = deploy_for_hook(item, &why);
		signal = deploy_signal(result, strcmp(deploy_text(plain, "group"), "script") == 0);
		return signal && conclude_deployment(d, key, item, signal);
	}
	if (d->conf->rerun_interrupted) {
		log_notice("deployment %s: was interrupted, running it again",
		        deploy_text(item, "name"));
		return start_deployment(d, key, item);
	}
	return refuse_deployment(d, key, item, INTERRUPTED,
	        "it was interrupted by a reboot or a crash, and its result is not known");
}

/* Returns true if the next deployment may start. */
static bool resume_deployment(struct deployments *d, const char *key)
{
	process_id_from_json(&d->orphan, json_object_get(record_of(d, key), "process"));
	if (!process_id_is_running(&d->orphan))
		return finish_deployment(d, key) && !*d->key;
	(void)loop_timer_start(d->loop, &d->timer, ORPHAN_MS, 0);
	return false;
}

/* Returns true for an item of os-apply-config, which os-collect-config's command runs. */
static bool belongs_to_os_apply_config(const struct deployments *d, const json_t *item)
{
	const char *group = deploy_text(item, "group");

	return *d->conf->command &&
	       (strcmp(group, "os-apply-config") == 0 || strcmp(group, "Heat::Ungrouped") == 0);
}

static void run_waiting_deployments(struct deployments *d)
{
	const char *key;
	json_t *rec, *item;
	void *tmp;
	size_t i;

	json_object_foreach_safe (d->records, tmp, key, rec) {
		if (json_object_get(rec, "open"))
			(void)close_record(d, key, rec);
		if (has_deploy_state(rec, "running") && !resume_deployment(d, key))
			return;
	}
	json_array_foreach (d->list, i, item) {
		char k[DEPLOY_KEY];

		if (deploy_key(k, item) < 0 || belongs_to_os_apply_config(d, item))
			continue;
		rec = record_of(d, k);
		if (has_deploy_state(rec, "lost")) {
			(void)json_object_set(rec, "item", item);
			if (!finish_deployment(d, k) || *d->key)
				return;
		}
		if (rec || deploy_ran_in_heat_agents(k))
			continue;
		if (!start_deployment(d, k, item) || *d->key)
			return;
	}
}

static void run_deployments(struct deployments *d)
{
	if (!*d->key)
		run_waiting_deployments(d);
}

static void on_deployments_timer(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	run_deployments(container_of(t, struct deployments, timer));
}

static void on_deployment_child_end(struct child *c, const struct child_result *res)
{
	struct deployments *d = container_of(c, struct deployments, child);
	char key[DEPLOY_KEY];

	memcpy(key, d->key, sizeof(key));
	d->key[0] = '\0';
	if (*res->output)
		log_warn("deployment %s: %s", key, res->output);
	if (finish_deployment(d, key))
		run_deployments(d);
}

void deployments_open(
        struct deployments *d, struct loop *l, const struct conf *cf, struct signals *s)
{
	*d = (struct deployments){ .loop = l, .conf = cf, .signals = s };
	d->child.done = on_deployment_child_end;
	d->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = on_deployments_timer };
	if (loop_timer_start(l, &d->timer, LOOP_NEVER, 0) < 0) /* re-arming cannot fail */
		log_err("deployments: cannot create a timer; none is retried");
	d->records = deploy_records_load();
	deploy_records_prune(d->records, DEPLOYMENTS_KEPT);
	if (json_object_size(d->records))
		deployments_wake(d);
}

void deployments_on_metadata(struct deployments *d, const json_t *metadata)
{
	json_t *list = json_object_get(metadata, "deployments");

	if (!json_is_array(list) || !deployments_wanted(d->conf))
		return;
	json_incref(list);
	json_decref(d->list);
	d->list = list;
	if (!d->stuck)
		run_deployments(d);
}

void deployments_wake(void *deployments)
{
	struct deployments *d = deployments;

	if (d->loop)
		(void)loop_timer_start(d->loop, &d->timer, 0, 0);
}

bool deployments_busy(const struct deployments *d)
{
	return *d->key != '\0';
}

json_t *deployments_status(const struct deployments *d)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach (d->list, i, item) {
		char key[DEPLOY_KEY];
		json_t *rec = deploy_key(key, item) < 0 ? NULL : record_of(d, key);

		(void)json_array_append_new(
		        list, json_pack("{ss ss ss so}", "name", deploy_text(item, "name"), "group",
		                      deploy_text(item, "group"), "state",
		                      rec ? deploy_text(rec, "state")
		                      : deploy_key(key, item) == 0 && deploy_ran_in_heat_agents(key)
		                              ? "done by others"
		                              : "waiting",
		                      "status",
		                      rec && has_deploy_state(rec, "done")
		                              ? json_incref(json_object_get(rec, "status"))
		                              : json_null()));
	}
	return json_pack("{sb sI sI so}", "enabled", deployments_wanted(d->conf), "done",
	        (json_int_t)d->done, "failed", (json_int_t)d->failed, "list", list);
}

void deployments_close(struct deployments *d)
{
	if (!d->loop)
		return;
	child_forget(&d->child);
	loop_timer_stop(d->loop, &d->timer);
	json_decref(d->list);
	json_decref(d->records);
	d->list = d->records = NULL;
	d->loop = NULL;
}
