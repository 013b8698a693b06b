/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.c - starts, connects and stops the parts of the daemon. */
#include "agent/daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/system.h"
#include "agent/daemon/daemon_internal.h"
#include "agent/process/notify.h"
#include "agent/serve/explanation.h"

static const char state_folder[] = PATH_STATE;
static const char run_folder[] = PATH_RUN, lock_file[] = PATH_LOCK;
/* Time that a hook may still run after SIGTERM. */
enum { GRACE_MS = 20000 };

/* Idle: no poll, service check, hook, deployment or command of os-collect-config runs. */
static bool is_daemon_idle(const struct daemon *d)
{
	return !polls_busy(&d->metadata.polls) && !d->services.busy && !hooks_busy(&d->hooks) &&
	       !deployments_busy(&d->deployments) && !d->collect.busy;
}

/* Once idle, answers the callers of poll, and ends a single pass or a stopping daemon. */
static void on_loop_prepare(struct loop *l)
{
	struct daemon *d = container_of(l, struct daemon, loop);
	const char *answer;

	if (!is_daemon_idle(d))
		return;
	answer = polls_failed(&d->metadata.polls) ? "failed\n" : "ok\n";
	for (int i = 0; i < CONTROL_PEERS; i++) {
		struct control_peer *p = d->waiting[i];

		d->waiting[i] = NULL;
		if (p)
			control_answer(p, answer, strlen(answer));
	}
	if (d->once || d->stopping)
		loop_stop(l);
}

/* A hook has finished draining: clears Heat's hook, so that Heat continues with the resource. */
static void hook_cleared(struct hooks *h, const char *clears)
{
	struct daemon *d = container_of(h, struct daemon, hooks);

	if (signals_clear_hook(&d->signals, clears) < 0)
		log_err("stack hook of %s: cannot queue the signal that clears it", clears);
}

static void on_service_restarted(struct services *s, const char *resource, const char *name, int rc)
{
	struct daemon *d = container_of(s, struct daemon, services);
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", rc);
	hooks_event(&d->hooks,
	        &(struct hook_event){ .trigger = TRIGGER_RESTARTED,
	                .resource = resource,
	                .about = name,
	                .env = json_pack("{ss ss}", "CFN_SERVICE", name, "CFN_SERVICE_RC", code) });
}

static void on_control_request(struct control_peer *p, const char *line)
{
	struct daemon *d = container_of(p->control, struct daemon, control);

	if (strcmp(line, "status") == 0 || strcmp(line, "explain") == 0) {
		json_auto_t *status = *line == 's'
		                              ? daemon_status(d)
		                              : explain(&d->scorer, &d->table, &d->conf->score);
		char *text = status ? json_dumps(status, JSON_COMPACT) : NULL;

		control_answer(p, text ? text : "", text ? strlen(text) : 0);
		free(text);
		return;
	}
	for (int i = 0; strcmp(line, "poll") == 0 && i < CONTROL_PEERS; i++) {
		if (d->waiting[i])
			continue;
		d->waiting[i] = p;
		polls_now(&d->metadata.polls);
		return;
	}
	if (!inbox_asked(&d->inbox, p, line))
		control_answer(p, "unknown request\n", 16);
}

static void on_grace_expired(struct loop_timer *t, uint64_t missed)
{
	struct daemon *d = container_of(t, struct daemon, grace);

	(void)missed;
	log_warn("a hook is still running; the daemon ends without it, and runs it again after the "
	         "next start");
	loop_stop(&d->loop);
}

static void shut_down_daemon(struct daemon *d)
{
	if (d->stopping || !hooks_busy(&d->hooks)) {
		loop_stop(&d->loop);
		return;
	}
	d->stopping = true;
	notify_stopping();
	d->grace.fired = on_grace_expired;
	log_info("stopping: waiting up to %d s for a running hook", GRACE_MS / 1000);
	if (loop_timer_start(&d->loop, &d->grace, GRACE_MS, 0) < 0)
		loop_stop(&d->loop);
}

static void on_daemon_signal(struct loop_signals *s, int signo)
{
	struct daemon *d = container_of(s, struct daemon, unix_signals);

	if (signo != SIGHUP)
		shut_down_daemon(d);
	else if (!d->stopping)
		daemon_reload(d);
}

/* Ensures a single daemon: the lock is held until the process ends. */
static int take_daemon_lock(struct daemon *d)
{
	int r = path_mkdir(run_folder);

	d->lock_fd = -1;
	if (r < 0)
		return log_fail(r, "cannot create %s%s", path_root(), run_folder);
	d->lock_fd = path_open(lock_file, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (d->lock_fd < 0)
		return log_fail(d->lock_fd, "cannot open %s%s", path_root(), lock_file);
	if (flock(d->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EALREADY : -errno;
	return 0;
}

static void release_daemon_lock(struct daemon *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
}

/* Programs in this folder run as root, and its signals are sent, so only root may write to it. */
static void close_folder(void)
{
	int r = path_private(state_folder);

	if (r > 0)
		log_warn("%s%s: was writable by others; fixed", path_root(), state_folder);
	else if (r < 0 && r != -ENOENT)
		log_warn(
		        "%s%s: is writable by others: %s", path_root(), state_folder, strerror(-r));
}

/*
 * The memory has credentials. A limit of one byte rules a file out, and the kernel does not run the
 * program of a kernel.core_pattern either. Hooks have the limit of before.
 */
static void disable_core_dumps(void)
{
	struct rlimit lim;

	child_limits_keep();
	if (getrlimit(RLIMIT_CORE, &lim) == 0 && lim.rlim_cur > 1) {
		lim.rlim_cur = 1;
		(void)setrlimit(RLIMIT_CORE, &lim);
	}
}

static int start_daemon(struct daemon *d, struct conf *files)
{
	sigset_t set;
	int r;

	d->files = files;
	d->conf = files;
	d->tick.io.fd = d->grace.io.fd = d->watch.io.fd = d->unix_signals.io.fd = -1;
	d->unix_signals.caught = on_daemon_signal;
	(void)signal(SIGPIPE, SIG_IGN); /* a restart of the journal must not end the daemon */
	disable_core_dumps();
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	close_folder();
	r = loop_open(&d->loop);
	d->loop.prepare = on_loop_prepare;
	if (r == 0)
		r = loop_signals_start(&d->loop, &d->unix_signals, &set);
	if (r == 0)
		r = http_open(&d->http, &d->loop);
	if (r < 0)
		return log_fail(r, "cannot start");
	if (!d->once)
		daemon_restore_settings(d);
	services_open(&d->services, &d->loop);
	keystone_open(&d->keystone, &d->http);
	metadata_open(&d->metadata, &d->loop, &d->http, &d->keystone);
	d->metadata.received = daemon_on_metadata;
	d->services.restarted = on_service_restarted;
	hooks_open(&d->hooks, &d->loop, d->conf);
	d->hooks.cleared = hook_cleared;
	signals_open(&d->signals, &d->loop,
	        &(struct delivery_context){ .http = &d->http,
	                .keystone = &d->keystone,
	                .conf = d->conf,
	                .stack_arn = d->metadata.polls.stack_arn,
	                .skew_s = &d->metadata.polls.skew_s },
	        &(struct signals_receivers){ .tried = inbox_tried,
	                .tried_cx = &d->inbox,
	                .room = deployments_wake,
	                .room_cx = &d->deployments });
	deployments_open(&d->deployments, &d->loop, d->conf, &d->signals);
	os_collect_config_open(&d->collect, &d->loop, d->conf);
	d->started_ms = d->saved_ms = loop_now();
	return 0;
}

static void stop_daemon(struct daemon *d)
{
	inbox_close(&d->inbox);
	control_close(&d->control);
	listener_close(&d->listener);
	runner_close(&d->collectors);
	loop_timer_stop(&d->loop, &d->tick);
	loop_timer_stop(&d->loop, &d->grace);
	loop_timer_stop(&d->loop, &d->watch);
	metadata_close(&d->metadata);
	services_close(&d->services);
	hooks_close(&d->hooks);
	bootstrap_stop(&d->bootstrap);
	deployments_close(&d->deployments);
	os_collect_config_close(&d->collect);
	signals_close(&d->signals);
	keystone_close(&d->keystone);
	http_close(&d->http);
	loop_signals_stop(&d->loop, &d->unix_signals);
	loop_close(&d->loop);
	daemon_free_conf(d);
	daemon_save_learnt(d);
	score_state_discard(&d->scorer);
	free(d->anomaly);
	release_daemon_lock(d);
}

int daemon_run_once(struct daemon *d, struct conf *files)
{
	int r = take_daemon_lock(d);

	if (r < 0) {
		release_daemon_lock(d);
		return r;
	}
	d->who = CONF_CFN_HUP;
	d->once = true;
	r = start_daemon(d, files);
	if (r == 0) {
		polls_conf(&d->metadata.polls, d->conf, true);
		r = loop_run(&d->loop);
	}
	if (r == 0 && polls_failed(&d->metadata.polls))
		r = 1;
	for (unsigned i = 0; i < d->metadata.polls.count && !*d->poll_error; i++)
		memcpy(d->poll_error, d->metadata.polls.source[i].why, sizeof(d->poll_error));
	stop_daemon(d);
	return r;
}

int daemon_run(struct daemon *d, struct conf *files, const char *hooks_dir)
{
	int r = take_daemon_lock(d);

	if (r < 0) {
		release_daemon_lock(d);
		return r;
	}
	d->who = CONF_DAEMON;
	platform_read(&d->platform);
	d->hooks_dir = hooks_dir;
	r = start_daemon(d, files);
	if (r == 0) {
		r = control_open(&d->control, &d->loop, control_socket_path, on_control_request);
		if (r < 0)
			(void)log_fail(
			        r, "cannot listen on %s%s", path_root(), control_socket_path);
	}
	if (r == 0) {
		inbox_open(&d->inbox, &d->loop, &d->signals);
		polls_conf(&d->metadata.polls, d->conf, false);
		daemon_listen(d);
		r = daemon_start_collectors(d);
		if (r == 0)
			r = daemon_watch_conf(d);
		if (r < 0)
			(void)log_fail(r, "cannot start the collectors");
	}
	if (r == 0) {
		log_info("prehup " VERSION
		         ": %u hooks, %u resources, a tick every %u s, horizon %u s",
		        d->conf->hook_count, d->metadata.polls.count, d->conf->collect_s,
		        d->conf->score.horizon_s);
		notify_ready();
		daemon_restore_learnt(d);
		r = loop_run(&d->loop);
		notify_stopping();
		log_info("ended");
	}
	stop_daemon(d);
	return r;
}
