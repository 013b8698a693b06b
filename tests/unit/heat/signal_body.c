/* SPDX-License-Identifier: Apache-2.0 */
/* signal_body.c - what each kind of target reads, and the whole of a prediction's delivery. */
#include "tests/unit/lib/test.h"

#include "heat/signal/signals.h"
#include "tests/unit/lib/json.h"

static const struct event raised = { .kind = EVENT_RAISED,
	.metric = "fs.used_ratio",
	.instance = "/data",
	.value = 0.91,
	.risk = 0.93,
	.left_s = 540,
	.reason = "why" };

TEST(each_kind_has_its_keys_and_one_id)
{
	static const struct {
		enum target_kind kind;
		const char *keys, *id, *reason;
	} kinds[] = {
		{ TARGET_WAIT_CONDITION, "Status Reason UniqueId Data", "UniqueId", "Reason" },
		{ TARGET_WAIT_NATIVE, "status reason id data", "id", "reason" },
		{ TARGET_POLICY, "alarm_id alarm_name severity previous current reason reason_data",
		        "alarm_id", "reason" },
		{ TARGET_RESOURCE,
		        "alarm_id alarm_name severity previous current reason reason_data",
		        "alarm_id", "reason" },
		{ TARGET_UNHEALTHY, "mark_unhealthy resource_status_reason", NULL,
		        "resource_status_reason" },
		{ TARGET_WORKFLOW, "input", NULL, NULL },
	};
	struct event cleared = raised;

	cleared.kind = EVENT_CLEARED;
	cleared.left_s = NAN;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct target t = { .kind = kinds[i].kind, .input_as = (char[]){ "" } };
		json_t *b[] = { signal_body(&t, &raised), signal_body(&t, &cleared) };

		for (int j = 0; j < 2; j++) {
			char keys[256] = "";
			const char *key;
			json_t *v;

			json_object_foreach (b[j], key, v)
				(void)snprintf(keys + strlen(keys), sizeof(keys) - strlen(keys),
				        "%s%s", *keys ? " " : "", key);
			assert_string_equal(keys, kinds[i].keys);
			if (kinds[i].id)
				assert_at(b[j], kinds[i].id, "prehup:fs.used_ratio[/data]");
			if (kinds[i].reason)
				assert_at(b[j], kinds[i].reason, "why");
		}
		if (kinds[i].kind == TARGET_UNHEALTHY) {
			assert_true(json_is_true(json_object_get(b[0], "mark_unhealthy")));
			assert_true(json_is_false(json_object_get(b[1], "mark_unhealthy")));
		}
		json_decref(b[0]);
		json_decref(b[1]);
	}
}

static struct target target(enum target_kind kind, const char *url)
{
	static char name[] = "t", resource[] = "Srv", none[] = "";

	return (struct target){ .name = name,
		.kind = kind,
		.url = (char *)(uintptr_t)url,
		.resource = resource,
		.input_as = none };
}

TEST(each_kind_has_its_road)
{
	static const struct {
		enum target_kind kind;
		const char *url, *way, *method;
	} kinds[] = {
		{ TARGET_WAIT_CONDITION, "http://h/w", "url", "PUT" },
		{ TARGET_WAIT_NATIVE, "http://h/w", "url", "PUT" },
		{ TARGET_POLICY, "http://h/w", "url", "POST" },
		{ TARGET_WORKFLOW, "http://h/w", "url", "POST" },
		{ TARGET_RESOURCE, "http://h/w", "url", "POST" },
		{ TARGET_RESOURCE, "", "own", "" },
		{ TARGET_UNHEALTHY, "", "unhealthy", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct target t = target(kinds[i].kind, kinds[i].url);
		json_auto_t *e = signal_entry(&t, &raised), *body = NULL;

		assert_at(e, "way", kinds[i].way);
		assert_at(e, "method", kinds[i].method);
		assert_at(e, "target", "t");
		assert_at(e, "about", "fs.used_ratio[/data]");
		assert_at(e, "order", *kinds[i].url ? kinds[i].url : "t");
		body = json_loads(text_at(e, "text"), 0, NULL);
		assert_true(json_is_object(body));
		if (strcmp(kinds[i].way, "url") != 0)
			assert_at(e, "resource", "Srv");
	}
}

TEST(signal_of_a_handle_attribute_is_checked_afterwards)
{
	struct target t = target(TARGET_WAIT_NATIVE, "");
	json_auto_t *e = NULL, *none = json_object();
	json_auto_t *attribute =
	        json_of("{'queue_id': 'q', 'auth_url': 'http://k/v3', 'user_id': 'u'}");

	t.signal = attribute;
	e = signal_entry(&t, &raised);
	assert_at(e, "way", "zaqar");
	assert_at(e, "confirm", "prehup:fs.used_ratio[/data]");
	t.signal = none; /* NO_SIGNAL */
	assert_null(signal_entry(&t, &raised));
}

TEST(a_name_that_is_not_utf_8_is_told_all_the_same)
{
	struct target t = target(TARGET_POLICY, "http://h/w");
	struct event e = raised;
	json_auto_t *entry = NULL;

	(void)snprintf(e.instance, sizeof(e.instance), "/da\xc3");
	(void)snprintf(e.reason, sizeof(e.reason), "/da\xc3 is full");
	entry = signal_entry(&t, &e);
	assert_non_null(entry);
	assert_non_null(strstr(text_at(entry, "text"), "prehup:fs.used_ratio[/da\\\\xc3]"));
	assert_at(entry, "about", "fs.used_ratio[/da\\xc3]");
}
