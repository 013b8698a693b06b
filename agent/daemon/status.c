/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - what the daemon is doing, the last error of each part, and what comes next. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/daemon/daemon.h"

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *text(const char *s)
{
	return *s ? json_string(s) : json_null();
}

static json_t *risks(const struct daemon *a)
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
		                      s->instance, "value", number(s->value), "risk",
		                      number(v->risk), "left_s", number(v->left_s), "state",
		                      isnan(s->fails_at) && !metric_is_fault(s->kind)
		                              ? "watched"
		                              : score_states[v->state],
		                      "reason", text(*why ? why : reason)));
	}
	return list;
}

static json_t *machine(const struct daemon *a)
{
	int worst = score_worst(&a->scorer, &a->table);
	const struct series *s = &a->table.series[worst < 0 ? 0 : worst];
	const struct verdict *v =
	        score_verdict(&a->scorer, &a->table, worst < 0 ? 0 : (unsigned)worst);
	char reason[EVENT_REASON], unusual[EVENT_ANOMALY_MAX];

	anomaly_effect_describe(&a->scorer.anomaly, unusual);
	if (worst < 0)
		return json_pack(
		        "{sn sn sn so}", "risk", "left_s", "reason", "unusual", text(unusual));
	score_reason(s->name, s->instance, v, reason);
	return json_pack("{so so so so}", "risk", number(a->scorer.groups.risk), "left_s",
	        number(v->left_s), "reason", text(reason), "unusual", text(unusual));
}

static json_t *platform(const struct platform *p)
{
	return json_pack("{so so so so}", "hypervisor", text(p->hypervisor), "vendor",
	        text(p->vendor), "product", text(p->product), "uuid", text(p->uuid));
}

static json_t *settings(const struct daemon *a)
{
	return json_pack("{ss ss so so}", "own_resource", a->conf->own, "metadata",
	        a->refused                              ? "refused"
	        : json_object_get(a->overlay, "prehup") ? "in force"
	                                                : "none",
	        "metadata_error", text(a->overlay_error), "reload_error", text(a->conf_error));
}

json_t *daemon_status(struct daemon *a)
{
	return json_pack("{ss sI sI ss ss so so so so so so so so so so so so sI}", "version",
	        VERSION, "pid", (json_int_t)getpid(), "uptime_s",
	        (json_int_t)((loop_now() - a->started_ms) / 1000), "state",
	        a->stopping ? "stopping" : "running", "sysroot", path_root(), "machine", machine(a),
	        "platform", platform(&a->platform), "sources", polls_status(&a->polls), "hooks",
	        hooks_status(&a->hooks), "events", json_integer(spool_count(&a->hooks.events)),
	        "signals", signals_status(&a->heat_signals), "deployments",
	        deployments_status(&a->deployments), "collect_config",
	        os_collect_config_status(&a->collect), "services", services_status(&a->services),
	        "settings", settings(a), "collectors", runner_status(&a->collectors), "risks",
	        risks(a), "events_lost", (json_int_t)a->events.lost);
}
