/* SPDX-License-Identifier: Apache-2.0 */
/* signal_body.c - what each kind of target wants to read. */
#include <math.h>
#include <stdio.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "heat/api/keystone.h"
#include "heat/signal/signals.h"

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

/* A mount point may have any bytes, and a cut may go through a character: told all the same. */
static json_t *text(const char *s)
{
	char plain[512];
	json_t *v = json_string(s);

	if (v)
		return v;
	STR_COPY(plain, s);
	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(plain);
}

static json_t *prediction(const struct event *e)
{
	return json_pack("{ss ss so so so so so}", "event",
	        e->kind == EVENT_RAISED ? "predict.raised" : "predict.cleared", "metric", e->metric,
	        "instance", text(e->instance), "value", number(e->value), "risk", number(e->risk),
	        "seconds_left", number(e->left_s), "reason", text(e->reason));
}

/* A series keeps its id, so that the same thing told twice counts once. */
static void id_of(const struct event *e, char *ret, size_t size)
{
	(void)snprintf(
	        ret, size, *e->instance ? "prehup:%s[%s]" : "prehup:%s", e->metric, e->instance);
}

/* The keys by which Heat makes a readable event of an alarm. */
static json_t *alarm_body(const struct event *e)
{
	const bool raised = e->kind == EVENT_RAISED;
	char id[SERIES_NAME + SERIES_INSTANCE + 16];

	id_of(e, id, sizeof(id));
	return json_pack("{so ss ss ss ss so so}", "alarm_id", text(id), "alarm_name", "prehup",
	        "severity", "critical", "previous", raised ? "ok" : "alarm", "current",
	        raised ? "alarm" : "ok", "reason", text(e->reason), "reason_data", prediction(e));
}

static json_t *workflow_body(const struct target *t, const struct event *e)
{
	json_t *input = t->input ? json_deep_copy(t->input) : json_object();

	if (*t->input_as)
		(void)json_object_set_new(input, t->input_as, prediction(e));
	return json_pack("{so}", "input", input);
}

json_t *signal_body(const struct target *t, const struct event *e)
{
	char id[SERIES_NAME + SERIES_INSTANCE + 16];

	id_of(e, id, sizeof(id));
	switch (t->kind) {
	case TARGET_WAIT_CONDITION:
		return json_pack("{ss so so so}", "Status", "SUCCESS", "Reason", text(e->reason),
		        "UniqueId", text(id), "Data", prediction(e));
	case TARGET_WAIT_NATIVE:
		return json_pack("{ss so so so}", "status", "SUCCESS", "reason", text(e->reason),
		        "id", text(id), "data", prediction(e));
	case TARGET_POLICY:
	case TARGET_RESOURCE:
		return alarm_body(e);
	case TARGET_UNHEALTHY:
		return json_pack("{sb so}", "mark_unhealthy", e->kind == EVENT_RAISED,
		        "resource_status_reason", text(e->reason));
	case TARGET_WORKFLOW:
		return workflow_body(t, e);
	}
	return NULL;
}

/* The road to a target. */
static json_t *road(const struct target *t, const char *id)
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
		(void)json_object_set_new(o, "confirm", text(id));
	return o;
}

json_t *signal_entry(const struct target *t, const struct event *e)
{
	char about[SERIES_NAME + SERIES_INSTANCE + 4], id[SERIES_NAME + SERIES_INSTANCE + 16];
	json_auto_t *body = signal_body(t, e);
	auto_free char *dump =
	        body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
	json_t *entry;

	id_of(e, id, sizeof(id));
	(void)snprintf(about, sizeof(about), "%s[%s]", e->metric, e->instance);
	entry = dump ? road(t, id) : NULL;
	if (!entry)
		return NULL;
	(void)json_object_update_new(
	        entry, json_pack("{so so ss ss}", "target", text(t->name), "about", text(about),
	                       "text", dump, "order", *t->url ? t->url : t->name));
	return entry;
}
