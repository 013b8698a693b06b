/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the daemon's state: the last error of each part, and its next step. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/json.h"
#include "agent/base/path.h"
#include "agent/daemon/daemon.h"

static json_t *build_risks_json(const struct daemon *a)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < a->table.count; i++) {
		const struct series *s = &a->table.series[i];
		const struct verdict *v = score_verdict(&a->scorer, &a->table, i);
		const char *why = table_why(&a->table, s);
		char reason[EVENT_REASON] = "";

		if (s->generation == 0 || a->scorer.generation[i] != s->generation)
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

static json_t *build_machine_json(const struct daemon *a)
{
	int worst = score_worst(&a->scorer, &a->table);
	const struct series *s = &a->table.series[worst < 0 ? 0 : worst];
	const struct verdict *v =
	        score_verdict(&a->scorer, &a->table, worst < 0 ? 0 : (unsigned)worst);
	char reason[EVENT_REASON], unusual[EVENT_ANOMALY_MAX];

	anomaly_effect_describe(&a->scorer.anomaly, unusual);
	if (worst < 0)
		return json_pack("{sn sn sn so}", "risk", "left_s", "reason", "unusual",
		        json_from_text(unusual));
	score_reason(s->name, s->instance, v, reason);
	return json_pack("{so so so so}", "risk", json_from_number(a->scorer.groups.risk), "left_s",
	        json_from_number(v->left_s), "reason", json_from_text(reason), "unusual",
	        json_from_text(unusual));
}

static json_t *build_platform_json(const struct platform *p)
{
	return json_pack("{so so so so}", "hypervisor", json_from_text(p->hypervisor), "vendor",
	        json_from_text(p->vendor), "product", json_from_text(p->product), "uuid",
	        json_from_text(p->uuid));
}

static json_t *build_settings_json(const struct daemon *a)
{
	return json_pack("{ss ss so so}", "own_resource", a->conf->own, "metadata",
	        a->refused                              ? "refused"
	        : json_object_get(a->overlay, "prehup") ? "in force"
	                                                : "none",
	        "metadata_error", json_from_text(a->overlay_error), "reload_error",
	        json_from_text(a->conf_error));
}

json_t *daemon_status(struct daemon *a)
{
	return json_pack("{ss sI sI ss ss so so so so so so so so so so so so sI}", "version",
	        VERSION, "pid", (json_int_t)getpid(), "uptime_s",
	        (json_int_t)((loop_now() - a->started_ms) / 1000), "state",
	        a->stopping ? "stopping" : "running", "sysroot", path_root(), "machine",
	        build_machine_json(a), "platform", build_platform_json(&a->platform), "sources",
	        polls_status(&a->polls), "hooks", hooks_status(&a->hooks), "events",
	        json_integer(spool_count(&a->hooks.events)), "signals",
	        signals_status(&a->heat_signals), "deployments",
	        deployments_status(&a->deployments), "collect_config",
	        os_collect_config_status(&a->collect), "services", services_status(&a->services),
	        "settings", build_settings_json(a), "collectors", runner_status(&a->collectors),
	        "risks", build_risks_json(a), "events_lost", (json_int_t)a->events.lost);
}
