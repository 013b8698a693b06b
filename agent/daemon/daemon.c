/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.c - the parts put together: start, reload, end. */
#include "agent/daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/system.h"
#include "agent/daemon/daemon_internal.h"
#include "agent/process/notify.h"
#include "agent/serve/explanation.h"

static const char state_folder[] = "/var/lib/prehup";
static const char run_folder[] = "/run/prehup", lock_file[] = "/run/prehup/lock";
/* How long a hook may go on after SIGTERM before it is left to itself. */
enum { GRACE_MS = 20000 };

/* No part is busy: answers the callers of poll, or ends a single pass. */
static void answer_if_idle(struct daemon *a)
{
	const char *answer = polls_failed(&a->polls) ? "failed\n" : "ok\n";

	if (!a->started || polls_busy(&a->polls) || a->services.busy || hooks_busy(&a->hooks) ||
	        deployments_busy(&a->deployments) || a->collect.busy)
		return;
	for (int i = 0; i < CONTROL_PEERS; i++) {
		struct control_peer *p = a->waiting[i];

		a->waiting[i] = NULL;
		if (p)
			control_answer(p, answer, strlen(answer));
	}
	if (a->once || a->stopping)
		loop_stop(&a->loop);
}

static void polls_idle(struct polls *p)
{
	answer_if_idle(container_of(p, struct daemon, polls));
}

static void services_idle(struct services *s)
{
	answer_if_idle(container_of(s, struct daemon, services));
}

static void hooks_idle(struct hooks *h)
{
	answer_if_idle(container_of(h, struct daemon, hooks));
}

static void deployments_idle(struct deployments *d)
{
	answer_if_idle(container_of(d, struct daemon, deployments));
}

static void collect_idle(struct os_collect_config *c)
{
	answer_if_idle(container_of(c, struct daemon, collect));
}

static void signals_room(struct signals *s)
{
	deployments_wake(&container_of(s, struct daemon, heat_signals)->deployments);
}

static bool signal_tried(struct signals *s, const char *id, const struct delivery_result *res)
{
	return inbox_tried(&container_of(s, struct daemon, heat_signals)->inbox, id, res);
}

/* A hook that drains has drained: Heat may go on with the resource. */
static void hook_cleared(struct hooks *h, const char *clears)
{
	struct daemon *a = container_of(h, struct daemon, hooks);

	if (signals_clear_hook(&a->heat_signals, clears) < 0)
		log_err("stack hook of %s: no room to keep the signal that clears it", clears);
}

static void on_service_restarted(struct services *s, const char *resource, const char *name, int rc)
{
	struct daemon *a = container_of(s, struct daemon, services);
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", rc);
	hooks_event(&a->hooks,
	        &(struct hook_event){ .trigger = TRIGGER_RESTARTED,
	                .resource = resource,
	                .about = name,
	                .env = json_pack("{ss ss}", "CFN_SERVICE", name, "CFN_SERVICE_RC", code) });
}

static void on_control_request(struct control_peer *p, const char *line)
{
	struct daemon *a = container_of(p->control, struct daemon, control);

	if (strcmp(line, "status") == 0 || strcmp(line, "explain") == 0) {
		json_auto_t *status = *line == 's'
		                              ? daemon_status(a)
		                              : explain(&a->scorer, &a->table, &a->conf->score);
		char *text = status ? json_dumps(status, JSON_COMPACT) : NULL;

		control_answer(p, text ? text : "", text ? strlen(text) : 0);
		free(text);
		return;
	}
	for (int i = 0; strcmp(line, "poll") == 0 && i < CONTROL_PEERS; i++) {
		if (a->waiting[i])
			continue;
		a->waiting[i] = p;
		polls_now(&a->polls);
		answer_if_idle(a);
		return;
	}
	if (!inbox_asked(&a->inbox, p, line))
		control_answer(p, "unknown request\n", 16);
}

static void on_grace_expired(struct loop_timer *t, uint64_t missed)
{
	struct daemon *a = container_of(t, struct daemon, grace);

	(void)missed;
	log_warn("a hook still runs; it is left to itself, and run again after the next start");
	loop_stop(&a->loop);
}

static void shut_down_daemon(struct daemon *a)
{
	if (a->stopping || !hooks_busy(&a->hooks)) {
		loop_stop(&a->loop);
		return;
	}
	a->stopping = true;
	notify_stopping();
	a->grace.fired = on_grace_expired;
	log_info("ending: waiting up to %d s for a hook that runs", GRACE_MS / 1000);
	if (loop_timer_start(&a->loop, &a->grace, GRACE_MS, 0) < 0)
		loop_stop(&a->loop);
}

static void on_daemon_signal(struct loop_signals *s, int signo)
{
	struct daemon *a = container_of(s, struct daemon, signals);

	if (signo != SIGHUP)
		shut_down_daemon(a);
	else if (!a->stopping)
		daemon_reload(a);
}

/* One of us at a time: the lock lives as long as we do, and no longer. */
static int take_daemon_lock(struct daemon *a)
{
	int r = path_mkdir(run_folder);

	a->lock_fd = -1;
	if (r < 0)
		return log_fail(r, "cannot make %s%s", path_root(), run_folder);
	a->lock_fd = path_open(lock_file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (a->lock_fd < 0)
		return log_fail(a->lock_fd, "cannot open %s%s", path_root(), lock_file);
	if (flock(a->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EALREADY : -errno;
	return 0;
}

static void release_daemon_lock(struct daemon *a)
{
	if (a->lock_fd >= 0)
		close(a->lock_fd);
}

/* Programs in this folder run as root and its signals are sent, so only root may write there. */
static void close_folder(void)
{
	int r = path_private(state_folder);

	if (r > 0)
		log_warn("%s%s: others could write into it; not any more", path_root(),
		        state_folder);
	else if (r < 0 && r != -ENOENT)
		log_warn("%s%s: others may write into it: %s", path_root(), state_folder,
		        strerror(-r));
}

static int start_daemon(struct daemon *a, struct conf *files)
{
	sigset_t set;
	int r;

	a->files = files;
	a->conf = files;
	a->tick.io.fd = a->grace.io.fd = a->watch.io.fd = a->signals.io.fd = -1;
	a->signals.caught = on_daemon_signal;
	(void)signal(SIGPIPE, SIG_IGN); /* a journal that restarts must not take us along */
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	close_folder();
	r = loop_open(&a->loop);
	if (r == 0)
		r = loop_signals_start(&a->loop, &a->signals, &set);
	if (r == 0)
		r = http_open(&a->http, &a->loop);
	if (r < 0)
		return log_fail(r, "cannot start");
	if (!a->once)
		daemon_restore_settings(a);
	services_open(&a->services, &a->loop);
	keystone_open(&a->keystone, &a->http);
	polls_open(&a->polls, &a->loop, &a->http, &a->keystone);
	a->polls.got = daemon_on_metadata;
	a->polls.recall = source_last_known;
	a->polls.idle = polls_idle;
	a->services.idle = services_idle;
	a->services.restarted = on_service_restarted;
	hooks_open(&a->hooks, &a->loop, a->conf);
	a->hooks.idle = hooks_idle;
	a->hooks.cleared = hook_cleared;
	signals_open(&a->heat_signals, &a->loop,
	        &(struct delivery_context){ .http = &a->http,
	                .keystone = &a->keystone,
	                .conf = a->conf,
	                .stack_arn = a->polls.stack_arn,
	                .skew_s = &a->polls.skew_s });
	a->heat_signals.room = signals_room;
	a->heat_signals.tried = signal_tried;
	deployments_open(&a->deployments, &a->loop, a->conf, &a->heat_signals);
	a->deployments.idle = deployments_idle;
	os_collect_config_open(&a->collect, &a->loop, a->conf);
	a->collect.idle = collect_idle;
	a->started_ms = a->saved_ms = loop_now();
	return 0;
}

static void stop_daemon(struct daemon *a)
{
	inbox_close(&a->inbox);
	control_close(&a->control);
	listener_close(&a->listener);
	runner_close(&a->collectors);
	loop_timer_stop(&a->loop, &a->tick);
	loop_timer_stop(&a->loop, &a->grace);
	loop_timer_stop(&a->loop, &a->watch);
	polls_close(&a->polls);
	services_close(&a->services);
	hooks_close(&a->hooks);
	bootstrap_stop(&a->bootstrap);
	deployments_close(&a->deployments);
	os_collect_config_close(&a->collect);
	signals_close(&a->heat_signals);
	keystone_close(&a->keystone);
	http_close(&a->http);
	loop_signals_stop(&a->loop, &a->signals);
	loop_close(&a->loop);
	daemon_free_conf(a);
	daemon_save_learnt(a);
	score_state_discard(&a->scorer);
	free(a->unusual);
	release_daemon_lock(a);
}

int daemon_run_once(struct daemon *a, struct conf *files)
{
	int r = take_daemon_lock(a);

	if (r < 0) {
		release_daemon_lock(a);
		return r;
	}
	a->who = CONF_CFN_HUP;
	a->once = true;
	r = start_daemon(a, files);
	if (r == 0) {
		a->started = true;
		polls_conf(&a->polls, a->conf, true);
		answer_if_idle(a);
		r = loop_run(&a->loop);
	}
	if (r == 0 && polls_failed(&a->polls))
		r = 1;
	for (unsigned i = 0; i < a->polls.count && !*a->poll_error; i++)
		memcpy(a->poll_error, a->polls.source[i].why, sizeof(a->poll_error));
	stop_daemon(a);
	return r;
}

int daemon_run(struct daemon *a, struct conf *files, const char *hooks_dir)
{
	int r = take_daemon_lock(a);

	if (r < 0) {
		release_daemon_lock(a);
		return r;
	}
	a->who = CONF_DAEMON;
	platform_read(&a->platform);
	a->hooks_dir = hooks_dir;
	r = start_daemon(a, files);
	if (r == 0) {
		r = control_open(&a->control, &a->loop, control_socket_path, on_control_request);
		if (r < 0)
			(void)log_fail(
			        r, "cannot listen on %s%s", path_root(), control_socket_path);
	}
	if (r == 0) {
		a->started = true;
		inbox_open(&a->inbox, &a->loop, &a->heat_signals);
		polls_conf(&a->polls, a->conf, false);
		daemon_listen(a);
		r = daemon_start_collectors(a);
		if (r == 0)
			r = daemon_watch_conf(a);
		if (r < 0)
			(void)log_fail(r, "cannot collect");
	}
	if (r == 0) {
		log_info("prehup " VERSION
		         ": %u hooks, %u resources, a tick every %u s, horizon %u s",
		        a->conf->hook_count, a->polls.count, a->conf->collect_s,
		        a->conf->score.horizon_s);
		notify_ready();
		daemon_restore_learnt(a);
		r = loop_run(&a->loop);
		notify_stopping();
		log_info("ended");
	}
	stop_daemon(a);
	return r;
}
