/* SPDX-License-Identifier: Apache-2.0 */
/* cfn_signal.c - cfn-signal's arguments as a delivery; cfn-get-metadata's keys; statuses. */
#include "tests/unit/lib/test.h"

#include "heat/cli/cfn_signal.h"
#include "heat/cli/get_metadata.h"
#include "heat/signal/send.h"
#include "tests/unit/lib/json.h"

#define CFN                                                                                        \
	"http://h:8000/v1/waitcondition/arn%3Aopenstack%3Aheat%3A%3Ap%3Astacks/s/u/resources/"     \
	"H?x=1"
#define NATIVE "http://h:8004/v1/p/stacks/s/u/resources/H/signal"

static json_t *entry(struct cfn_signal s)
{
	char err[CONF_ERR] = "";
	json_t *o = cfn_signal_entry(&s, "vm", err);

	if (!o && !*err)
		fail_msg("refused without a word");
	return o;
}

/* Returns the object at `key`. */
static json_t *said(const json_t *o, const char *key)
{
	json_t *body = json_loads(text_at(o, key), 0, NULL);

	assert_non_null(body);
	return body;
}

TEST(success_is_what_the_reference_takes_for_it)
{
	static const struct {
		const char *success, *code, *status;
	} cases[] = { { NULL, NULL, "SUCCESS" }, { "true", NULL, "SUCCESS" },
		{ "True", NULL, "FAILURE" }, { "false", NULL, "FAILURE" }, { "", NULL, "FAILURE" },
		{ NULL, "0", "SUCCESS" }, { "false", "0", "SUCCESS" }, { "true", "1", "FAILURE" },
		{ NULL, "00", "FAILURE" }, { NULL, " 0", "FAILURE" }, { NULL, "-1", "FAILURE" },
		{ NULL, "", "SUCCESS" }, { "false", "", "FAILURE" } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_auto_t *o = entry((struct cfn_signal){
		        .to = CFN, .success = cases[i].success, .exit_code = cases[i].code });
		json_auto_t *aws = said(o, "text"), *native = said(o, "other_text");

		assert_at(aws, "Status", cases[i].status);
		assert_at(native, "status", cases[i].status);
	}
}

TEST(wait_conditions_of_both_kinds_get_four_keys)
{
	json_auto_t *o = entry((struct cfn_signal){
	        .to = CFN, .reason = "w\"hy\n", .data = "d\xc3\xa9", .id = "me" });
	json_auto_t *aws = said(o, "text"), *native = said(o, "other_text");

	assert_json(aws, "{'Status': 'SUCCESS', 'Reason': 'w\\'hy\\n', 'UniqueId': 'me', 'Data': "
	                 "'d\xc3\xa9'}");
	assert_json(native,
	        "{'status': 'SUCCESS', 'reason': 'w\\'hy\\n', 'id': 'me', 'data': 'd\xc3\xa9'}");
}

TEST(default_id_is_this_instance)
{
	json_auto_t *o = entry((struct cfn_signal){ .to = CFN }), *body = said(o, "text");
	json_auto_t *p = entry((struct cfn_signal){ .to = CFN, .id = "" }), *same = said(p, "text");

	assert_at(body, "UniqueId", "vm");
	assert_at(same, "UniqueId", "vm");
}

TEST(each_receiver_is_told_its_own_way)
{
	static const struct {
		const char *to, *token, *way, *method, *word;
	} cases[] = {
		{ CFN, NULL, "url", "PUT", "Status" },
		{ "https://h/v1/signal/x?y", NULL, "url", "POST", "Status" },
		{ "https://s/o?temp_url_sig=1", NULL, "url", "PUT", "status" },
		{ "aHR0cDovL2gveA==", NULL, "url", "PUT", "Status" },
		{ NATIVE, "t", "url", "POST", "status" },
		{ NATIVE, NULL, "own", "PUT", "status" },
		{ "{\"alarm_url\": \"http://h/x\"}", NULL, "url", "PUT", "status" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_auto_t *o =
		        entry((struct cfn_signal){ .to = cases[i].to, .token = cases[i].token });
		json_auto_t *body = said(o, "text");

		assert_at(o, "way", cases[i].way);
		assert_at(o, "method", cases[i].method);
		assert_string_not_equal(text_at(body, cases[i].word), "");
		assert_at(o, "order", cases[i].to);
	}
	json_auto_t *own = entry((struct cfn_signal){ .to = NATIVE });

	assert_at(own, "stack", "s/u");
	assert_at(own, "resource", "H");
}

TEST(a_resource_by_its_name_is_one_of_our_own_stack)
{
	json_auto_t *o = entry((struct cfn_signal){ .options = { .resource = "H", .stack = "s" } });

	assert_at(o, "way", "own");
	assert_at(o, "resource", "H");
	assert_at(o, "stack", ""); /* a name alone is found out later */
}

TEST(words_that_are_asked_for_are_the_only_ones)
{
	json_auto_t *o = entry((struct cfn_signal){ .to = CFN, .format = FORMAT_NATIVE });
	json_auto_t *body = said(o, "text");

	assert_at(body, "status", "SUCCESS");
	assert_null(json_object_get(o, "other_text"));
}

TEST(invalid_receiver_or_text_is_refused)
{
	static const char *const bad[] = { "x", "ftp://h/", "", "{", "{}", "{\"alarm_url\": 7}",
		"aHR0cDov", "file:///etc/passwd", "bm90IGEgVVJM" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (entry((struct cfn_signal){ .to = bad[i] }))
			fail_msg("taken: %s", bad[i]);
	assert_null(entry((struct cfn_signal){ .to = CFN, .reason = "\xff" }));
	assert_null(entry((struct cfn_signal){ .to = CFN, .data = "\xc3" }));
}

TEST(keys_go_down_by_dots_and_quotes_keep_a_dot)
{
	static const struct {
		const char *key, *want;
	} cases[] = {
		{ "a.b.a.b", "1" }, /* which the reference gets wrong */
		{ "'a'.'b'.a.'b'", "1" },
		{ "'x.y'", "2" },
		{ "'x.y'.z", NULL },
		{ "'x y'.it's", "3" },
		{ "a.b.", "{\"a\": {\"b\": 1}}" },
		{ "a..b", NULL },
		{ ".a", NULL },
		{ "'a", NULL },
		{ "''", NULL },
		{ "'a'b", NULL },
		{ "A", NULL },
		{ "l.0", NULL },
	};
	json_auto_t *m = json_loads("{\"a\": {\"b\": {\"a\": {\"b\": 1}}}, \"x.y\": 2, \"x y\": "
	                            "{\"it's\": 3}, \"l\": [1]}",
	        0, NULL);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const json_t *v = metadata_at(m, cases[i].key);
		char *text = v ? json_dumps(v, JSON_ENCODE_ANY) : NULL;

		if (!text != !cases[i].want || (text && strcmp(text, cases[i].want) != 0))
			fail_msg("%s: %s", cases[i].key, text ? text : "(none)");
		free(text);
	}
}

TEST(status_gives_the_cause_and_what_is_retried)
{
	static const struct {
		struct delivery_result res;
		enum send_status status;
		bool final;
	} cases[] = {
		{ { .taken = true, .status = 200 }, SEND_ACCEPTED, true },
		{ { .error = -EHOSTUNREACH }, SEND_DNS, false },
		{ { .error = -ECONNREFUSED }, SEND_CONNECT, false },
		{ { .error = -ETIMEDOUT }, SEND_TIMEOUT, false },
		{ { .error = -EIO }, SEND_BROKEN, false },
		{ { .error = -EKEYREJECTED }, SEND_TLS, true },
		{ { .error = -EINVAL }, SEND_USAGE, true },
		{ { .error = -ENOKEY }, SEND_NO_KEYS, true },
		{ { .status = 500 }, SEND_HTTP, false },
		{ { .status = 503 }, SEND_HTTP, false },
		{ { .status = 429 }, SEND_HTTP, false },
		{ { .status = 408 }, SEND_HTTP, false },
		{ { .status = 403 }, SEND_HTTP, true },
		{ { .status = 404 }, SEND_HTTP, true },
		{ { .status = 302 }, SEND_HTTP, true },
		{ { .status = 500, .permanent = true }, SEND_HTTP, true },
		{ { .error = 0 }, SEND_FAILED, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (send_status(&cases[i].res) != cases[i].status ||
		        send_is_final(&cases[i].res) != cases[i].final)
			fail_msg("case %zu", i);
	}
}
