/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_health.c - the answers to health probes and scrapers. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/daemon/daemon_internal.h"
#include "agent/serve/exposition.h"

static void on_health_request(struct listener *l, const char *path, struct listener_answer *ret)
{
	const struct daemon *a = container_of(l, struct daemon, listener);
	unsigned failing = 0;

	for (const struct poll_source *s = a->polls.source; s < a->polls.source + a->polls.count;
	        s++)
		failing += *s->src.resource && s->failures > 0;
	const struct exposition_number numbers[] = {
		{ "sources_failing", "Sources of metadata whose last poll failed.", "gauge",
		        failing },
		{ "signals_sent_total", "Signals that Heat has taken.", "counter",
		        a->heat_signals.sent },
		{ "signals_given_up_total", "Signals that nobody took.", "counter",
		        a->heat_signals.given_up },
		{ "deployments_done_total", "Software deployments that have ended.", "counter",
		        a->deployments.done },
		{ "deployments_failed_total", "Software deployments that have failed.", "counter",
		        a->deployments.failed },
		{ "events_lost_total", "Predictions for which there was no room.", "counter",
		        a->events.lost },
	};
	const struct exposition_label labels[] = {
		{ "hypervisor", a->platform.hypervisor },
		{ "vendor", a->platform.vendor },
		{ "product", a->platform.product },
		{ "uuid", a->platform.uuid },
	};
	const struct exposition e = { .table = &a->table,
		.scorer = &a->scorer,
		.number = numbers,
		.count = ARRAY_SIZE(numbers),
		.label = labels,
		.label_count = ARRAY_SIZE(labels) };

	exposition_answer(&e, path, ret);
}

/* An address that the guest has not got yet, or that another still holds, is tried again at each poll. */
void daemon_listen(struct daemon *a)
{
	const bool known = strcmp(a->listening, a->conf->listen) == 0;
	int r;

	if (known && !a->deaf)
		return;
	listener_close(&a->listener);
	STR_COPY(a->listening, a->conf->listen);
	a->deaf = false;
	if (!*a->listening)
		return;
	r = listener_open(&a->listener, &a->loop, a->listening, on_health_request);
	a->deaf = r < 0;
	if (r == 0)
		log_info("health: listening at %s", a->listening);
	else if (!known)
		log_err("health: cannot listen at %s: %s; tried again", a->listening, strerror(-r));
}
