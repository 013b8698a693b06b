/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_watch.c - waits for the configuration of a guest that is still being set up. */
#include "agent/daemon/daemon_internal.h"

/*
 * While a guest is being set up, its files are checked at every interval, without a signal. When
 * there is a source to poll, only SIGHUP reads them again.
 */
static void on_conf_check(struct loop_timer *t, uint64_t missed)
{
	struct daemon *d = container_of(t, struct daemon, watch);

	(void)missed;
	if (!polls_unconfigured(&d->metadata.polls)) {
		loop_timer_stop(&d->loop, &d->watch);
		bootstrap_stop(&d->bootstrap);
		return;
	}
	if (conf_fingerprint(d->files) != d->fingerprint)
		daemon_reload(d);
}

/* Loads the files that were unpacked from user-data. */
static void on_user_data_unpacked(struct bootstrap *b)
{
	struct daemon *d = container_of(b, struct daemon, bootstrap);

	bootstrap_stop(b);
	daemon_reload(d);
}

int daemon_watch_conf(struct daemon *d)
{
	uint64_t every_ms = d->conf->interval_s * 1000ULL;

	d->watch.fired = on_conf_check;
	d->bootstrap.found = on_user_data_unpacked;
	if (bootstrap_wanted(d->conf, polls_unconfigured(&d->metadata.polls)))
		bootstrap_start(&d->bootstrap, &d->loop, &d->http, d->conf);
	d->fingerprint = conf_fingerprint(d->files);
	return loop_timer_start(&d->loop, &d->watch, every_ms, every_ms);
}
