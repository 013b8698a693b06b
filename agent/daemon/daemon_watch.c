/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_watch.c - waits for the configuration of a guest that is still being set up. */
#include "agent/daemon/daemon_internal.h"

/*
 * While a guest is being set up, its files are looked for at every interval, without a signal. Once
 * there is a source to poll, only SIGHUP reads them again.
 */
static void on_conf_check(struct loop_timer *t, uint64_t missed)
{
	struct daemon *a = container_of(t, struct daemon, watch);

	(void)missed;
	if (!polls_unconfigured(&a->polls)) {
		loop_timer_stop(&a->loop, &a->watch);
		bootstrap_stop(&a->bootstrap);
		return;
	}
	if (conf_fingerprint(a->files) != a->fingerprint)
		daemon_reload(a);
}

/* Reads the files that were unpacked from user data, like any others. */
static void on_user_data_unpacked(struct bootstrap *b)
{
	struct daemon *a = container_of(b, struct daemon, bootstrap);

	bootstrap_stop(b);
	daemon_reload(a);
}

int daemon_watch_conf(struct daemon *a)
{
	uint64_t every_ms = a->conf->interval_s * 1000ULL;

	a->watch.fired = on_conf_check;
	a->bootstrap.found = on_user_data_unpacked;
	if (bootstrap_wanted(a->conf, polls_unconfigured(&a->polls)))
		bootstrap_start(&a->bootstrap, &a->loop, &a->http, a->conf);
	a->fingerprint = conf_fingerprint(a->files);
	return loop_timer_start(&a->loop, &a->watch, every_ms, every_ms);
}
