/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the daemon's state as JSON: for each part its last error and its next action. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/json.h"
#include "agent/base/path.h"
#include "agent/daemon/daemon.h"

static json_t *build_risks_json(const struct daemon *d)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < d->table.count; i++) {
		const struct series *s = &d->table.series[i];
		const struct verdict *v = score_verdict(&d->scorer, &d->table, i);
		const char *why = table_why(&d->table, s);
		char reason[EVENT_REASON] = "";

		if (s->generation == 0 || d->scorer.generation[i] != s->generation)
			continue;
		if (!*why && (!isnan(s->fails_at) || metric_is_fault(s->kind)))
			score_reason(s->name, s->instance, v, reason);
		(void)json_array_append_new(
		        list, json_pack("{ss ss so so so ss so}", "metric", s->name, "instance",
		                      s->instance, "value", json_from_number(s->value), "risk",
		                      json_from_number(v->risk), "left_s",
		                      json_from_number(v->left_s), "state",
		                      isnan(s->fails_at) && !metric_is_fault(s->kind)
		                              ? "watched"
		                              : score_states[v->state],
		                      "reason", json_from_text(*why ? why : reason)));
	}
	return list;
}

static json_t *build_machine_json(const struct daemon *d)
{
	int worst = score_worst(&d->scorer, &d->table);
	const struct series *s = &d->table.series[worst < 0 ? 0 : worst];
	const struct verdict *v =
	        score_verdict(&d->scorer, &d->table, worst < 0 ? 0 : (unsigned)worst);
	char reason[EVENT_REASON], unusual[EVENT_ANOMALY_MAX];

	anomaly_effect_describe(&d->scorer.anomaly, unusual);
	if (worst < 0)
		return json_pack("{sn sn sn so}", "risk", "left_s", "reason", "unusual",
		        json_from_text(unusual));
	score_reason(s->name, s->instance, v, reason);
	return json_pack("{so so so so}", "risk", json_from_number(d->scorer.groups.risk), "left_s",
	        json_from_number(v->left_s), "reason", json_from_text(reason), "unusual",
	        json_from_text(unusual));
}

static json_t *build_platform_json(const struct platform *p)
{
	return json_pack("{so so so so}", "hypervisor", json_from_text(p->hypervisor), "vendor",
	        json_from_text(p->vendor), "product", json_from_text(p->product), "uuid",
	        json_from_text(p->uuid));
}

static json_t *build_settings_json(const struct daemon *d)
{
	return json_pack("{ss ss so so}", "own_resource", d->conf->own, "metadata",
	        d->refused                              ? "refused"
	        : json_object_get(d->overlay, "prehup") ? "in force"
	                                                : "none",
	        "metadata_error", json_from_text(d->overlay_error), "reload_error",
	        json_from_text(d->conf_error));
}

json_t *daemon_status(struct daemon *d)
{
	return json_pack("{ss sI sI ss ss so so so so so so so so so so so so sI}", "version",
	        VERSION, "pid", (json_int_t)getpid(), "uptime_s",
	        (json_int_t)((loop_now() - d->started_ms) / 1000), "state",
	        d->stopping ? "stopping" : "running", "sysroot", path_root(), "machine",
	        build_machine_json(d), "platform", build_platform_json(&d->platform), "sources",
	        polls_status(&d->metadata.polls), "hooks", hooks_status(&d->hooks), "events",
	        json_integer(spool_count(&d->hooks.events)), "signals", signals_status(&d->signals),
	        "deployments", deployments_status(&d->deployments), "collect_config",
	        os_collect_config_status(&d->collect), "services", services_status(&d->services),
	        "settings", build_settings_json(d), "collectors", runner_status(&d->collectors),
	        "risks", build_risks_json(d), "events_lost", (json_int_t)d->events.lost);
}
