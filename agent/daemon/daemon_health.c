/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_health.c - answers health probes and scrapers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/daemon/daemon_internal.h"
#include "agent/serve/exposition.h"

static void on_health_request(struct listener *l, const char *path, struct listener_answer *ret)
{
	const struct daemon *d = container_of(l, struct daemon, listener);
	unsigned failing = 0;

	for (const struct poll_source *s = d->metadata.polls.source;
	        s < d->metadata.polls.source + d->metadata.polls.count; s++)
		failing += *s->src.resource && s->failures > 0;
	const struct exposition_number numbers[] = {
		{ "sources_failing", "Sources of metadata whose last poll failed.", "gauge",
		        failing },
		{ "signals_sent_total", "Signals accepted by Heat.", "counter", d->signals.sent },
		{ "signals_given_up_total", "Signals that were given up.", "counter",
		        d->signals.given_up },
		{ "deployments_done_total", "Software deployments that have ended.", "counter",
		        d->deployments.done },
		{ "deployments_failed_total", "Software deployments that have failed.", "counter",
		        d->deployments.failed },
		{ "events_lost_total", "Predictions lost because the queue was full.", "counter",
		        d->events.lost },
	};
	const struct exposition_label labels[] = {
		{ "hypervisor", d->platform.hypervisor },
		{ "vendor", d->platform.vendor },
		{ "product", d->platform.product },
		{ "uuid", d->platform.uuid },
	};
	const struct exposition e = { .table = &d->table,
		.scorer = &d->scorer,
		.number = numbers,
		.count = ARRAY_SIZE(numbers),
		.label = labels,
		.label_count = ARRAY_SIZE(labels) };

	exposition_answer(&e, path, ret);
}

/* An address that the guest does not have yet, or that is in use, is retried at each poll. */
void daemon_listen(struct daemon *d)
{
	const bool known = strcmp(d->listening, d->conf->listen) == 0;
	int r;

	if (known && !d->listen_failed)
		return;
	listener_close(&d->listener);
	STR_COPY(d->listening, d->conf->listen);
	d->listen_failed = false;
	if (!*d->listening)
		return;
	r = listener_open(&d->listener, &d->loop, d->listening, on_health_request);
	d->listen_failed = r < 0;
	if (r == 0)
		log_info("health: listening at %s", d->listening);
	else if (!known)
		log_err("health: cannot listen at %s: %s; retrying", d->listening, strerror(-r));
}
