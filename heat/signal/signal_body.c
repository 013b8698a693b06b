/* SPDX-License-Identifier: Apache-2.0 */
/* signal_body.c - builds the body of a signal for each kind of target. */
#include <math.h>
#include <stdio.h>

#include "agent/base/clean.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "heat/api/keystone.h"
#include "heat/signal/signals.h"

static json_t *build_prediction_json(const struct event *e)
{
	return json_pack("{ss ss so so so so so}", "event",
	        e->kind == EVENT_RAISED ? "predict.raised" : "predict.cleared", "metric", e->metric,
	        "instance", json_from_bytes(e->instance), "value", json_from_number(e->value),
	        "risk", json_from_number(e->risk), "seconds_left", json_from_number(e->left_s),
	        "reason", json_from_bytes(e->reason));
}

/* The id is the same for each signal of a series, so that Heat counts a repeated signal once. */
static void make_signal_id(const struct event *e, char *ret, size_t size)
{
	(void)snprintf(
	        ret, size, *e->instance ? "prehup:%s[%s]" : "prehup:%s", e->metric, e->instance);
}

/* Builds an alarm with the keys that Heat shows in its events. */
static json_t *build_alarm_body(const struct event *e)
{
	const bool raised = e->kind == EVENT_RAISED;
	char id[SERIES_NAME + SERIES_INSTANCE + 16];

	make_signal_id(e, id, sizeof(id));
	return json_pack("{so ss ss ss ss so so}", "alarm_id", json_from_bytes(id), "alarm_name",
	        "prehup", "severity", "critical", "previous", raised ? "ok" : "alarm", "current",
	        raised ? "alarm" : "ok", "reason", json_from_bytes(e->reason), "reason_data",
	        build_prediction_json(e));
}

static json_t *build_workflow_body(const struct target *t, const struct event *e)
{
	json_t *input = t->input ? json_deep_copy(t->input) : json_object();

	if (*t->input_as)
		(void)json_object_set_new(input, t->input_as, build_prediction_json(e));
	return json_pack("{so}", "input", input);
}

json_t *signal_body(const struct target *t, const struct event *e)
{
	char id[SERIES_NAME + SERIES_INSTANCE + 16];

	make_signal_id(e, id, sizeof(id));
	switch (t->kind) {
	case TARGET_WAIT_CONDITION:
		return json_pack("{ss so so so}", "Status", "SUCCESS", "Reason",
		        json_from_bytes(e->reason), "UniqueId", json_from_bytes(id), "Data",
		        build_prediction_json(e));
	case TARGET_WAIT_NATIVE:
		return json_pack("{ss so so so}", "status", "SUCCESS", "reason",
		        json_from_bytes(e->reason), "id", json_from_bytes(id), "data",
		        build_prediction_json(e));
	case TARGET_POLICY:
	case TARGET_RESOURCE:
		return build_alarm_body(e);
	case TARGET_UNHEALTHY:
		return json_pack("{sb so}", "mark_unhealthy", e->kind == EVENT_RAISED,
		        "resource_status_reason", json_from_bytes(e->reason));
	case TARGET_WORKFLOW:
		return build_workflow_body(t, e);
	}
	return NULL;
}

/* Builds the transport part of a delivery to a target. */
static json_t *build_target_route(const struct target *t, const char *id)
{
	const bool put = t->kind == TARGET_WAIT_CONDITION || t->kind == TARGET_WAIT_NATIVE;
	json_t *o;

	if (t->kind == TARGET_UNHEALTHY)
		return json_pack("{ss ss ss so}", "way", "unhealthy", "url", t->url, "resource",
		        t->resource, "user", keystone_user_json(&t->user));
	if (t->kind == TARGET_RESOURCE && !*t->url)
		return json_pack("{ss ss}", "way", "own", "resource", t->resource);
	if (!t->signal)
		return json_pack(
		        "{ss ss ss}", "way", "url", "url", t->url, "method", put ? "PUT" : "POST");
	o = signal_route(t->signal);
	if (o)
		(void)json_object_set_new(o, "confirm", json_from_bytes(id));
	return o;
}

json_t *signal_entry(const struct target *t, const struct event *e)
{
	char about[SERIES_NAME + SERIES_INSTANCE + 4], id[SERIES_NAME + SERIES_INSTANCE + 16];
	json_auto_t *body = signal_body(t, e);
	auto_free char *dump =
	        body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_t *entry;

	make_signal_id(e, id, sizeof(id));
	(void)snprintf(about, sizeof(about), "%s[%s]", e->metric, e->instance);
	entry = dump ? build_target_route(t, id) : NULL;
	if (!entry)
		return NULL;
	(void)json_object_update_new(entry,
	        json_pack("{so so ss ss}", "target", json_from_bytes(t->name), "about",
	                json_from_bytes(about), "text", dump, "order", *t->url ? t->url : t->name));
	return entry;
}
