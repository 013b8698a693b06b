/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c - text that is parsed, cut and put together. */
#include "tests/unit/lib/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/base/redact.h"
#include "agent/cli/csv.h"
#include "heat/compat/services.h"
#include "heat/signal/signals.h"

TEST(secrets_are_redacted_and_other_text_stays)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "GET /v1/?AWSAccessKeyId=ak&Signature=abc%3D&Timestamp=t",
		        "GET /v1/?AWSAccessKeyId=ak&Signature=***&Timestamp=t" },
		{ "AWSSecretKey=0123456789", "AWSSecretKey=***" },
		{ "AWSSecretKey = 0123 x", "AWSSecretKey = *** x" },
		{ "{\"password\": \"p w\", \"a\": 1}", "{\"password\": \"***\", \"a\": 1}" },
		{ "X-Auth-Token: gAAAAA\nnext", "X-Auth-Token: ***\nnext" },
		{ "Authorization: Basic dXNlcjpw eA==\nnext", "Authorization: ***\nnext" },
		{ "https://user:pa@ss@host/x", "https://***@host/x" },
		{ "http://host/a@b", "http://host/a@b" },
		{ "the password is not here", "the password is not here" },
		{ "PASSWD=ab", "PASSWD=**" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buf[256];

		(void)snprintf(buf, sizeof(buf), "%s", cases[i].text);
		redact(buf);
		assert_string_equal(buf, cases[i].want);
	}
}

TEST(cells_are_cut_as_spreadsheets_write_them)
{
	char line[] = " a , \"b, c\" ,,d\r\n", open[] = "a,\"b", *cell[8];

	assert_int_equal(csv_split(line, cell, 8), 4);
	assert_string_equal(cell[0], "a");
	assert_string_equal(cell[1], "b, c");
	assert_string_equal(cell[2], "");
	assert_string_equal(cell[3], "d");
	assert_int_equal(csv_split(open, cell, 8), -EINVAL);
}

TEST(times_are_seconds_or_dates_in_utc)
{
	static const struct {
		const char *text;
		double want; /* NAN: none */
	} cases[] = {
		{ "1392388200", 1392388200 },
		{ "1392388200.25", 1392388200.25 },
		{ "2014-02-14 14:30:00", 1392388200 },
		{ "2014-02-14T14:30:00Z", 1392388200 },
		{ "2014-02-14T14:30Z", 1392388200 },
		{ "2014-02-14T14:30:00.5+00:00", 1392388200.5 },
		{ "2014-02-14", NAN },
		{ "2014-02-14T14:30:00+01:00", NAN },
		{ "now", NAN },
		{ "", NAN },
		{ "inf", NAN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		double t = -1;
		int r = csv_time(cases[i].text, &t);

		if ((r == 0) == isnan(cases[i].want))
			fail_msg("\"%s\": %d", cases[i].text, r);
		if (r == 0)
			assert_near(t, cases[i].want);
	}
}

TEST(an_empty_cell_is_unknown_and_a_word_is_wrong)
{
	double v;

	assert_int_equal(csv_number("", &v), 0);
	assert_true(isnan(v));
	assert_int_equal(csv_number("NaN", &v), 0);
	assert_true(isnan(v));
	assert_int_equal(csv_number("1e-3", &v), 0);
	assert_near(v, 0.001);
	assert_int_equal(csv_number("five", &v), -EINVAL);
	assert_int_equal(csv_number("5x", &v), -EINVAL);
	assert_int_equal(csv_number("inf", &v), -EINVAL);
	assert_int_equal(csv_number(".", &v), -EINVAL);
	assert_int_equal(csv_number("-", &v), -EINVAL);
	assert_int_equal(csv_number("1.2.3", &v), -EINVAL);
	srand48(1);
	for (int i = 0; i < 20000;
	        i++) { /* the quick way is the slow way's equal, to the last bit */
		char text[40];

		(void)snprintf(
		        text, sizeof(text), "%.*f", i % 12, (drand48() - 0.5) * pow(10, i % 9));
		assert_int_equal(csv_number(text, &v), 0);
		assert_true(v == strtod(text, NULL));
	}
}

TEST(services_follow_heat_cfntools_and_odd_names_do_not)
{
	json_auto_t *m = json_loads(
	        "{\"AWS::CloudFormation::Init\": {\"config\": {\"services\": {"
	        "\"sysvinit\": {\"a\": {\"ensureRunning\": \"true\"}, \"b\": {\"ensureRunning\": "
	        "1},"
	        " \"off\": {\"ensureRunning\": \"false\"}, \"x; reboot\": {\"ensureRunning\": "
	        "true},"
	        " \"-x\": {\"ensureRunning\": true}, \"$(x)\": {\"ensureRunning\": true}},"
	        "\"systemd\": {\"c@1\": {\"ensureRunning\": \" Yes \"}},"
	        "\"upstart\": {\"d\": {\"ensureRunning\": true}}}}}}",
	        0, NULL);
	json_auto_t *plain = json_loads("{\"config\": {\"services\": {\"systemd\": {\"e\": "
	                                "{\"ensureRunning\": true}}}}}",
	        0, NULL);
	json_auto_t *odd = json_loads("{\"AWS::CloudFormation::Init\": [1]}", 0, NULL);
	const char *names[SERVICES_MAX];

	assert_int_equal(services_wanted(m, names), 3);
	assert_string_equal(names[0], "a");
	assert_string_equal(names[1], "b");
	assert_string_equal(names[2], "c@1");
	assert_int_equal(services_wanted(plain, names), 1);
	assert_int_equal(services_wanted(odd, names), 0);
	assert_int_equal(services_wanted(NULL, names), 0);
}

static const struct event raised = { .kind = EVENT_RAISED,
	.metric = "fs.used_ratio",
	.instance = "/data",
	.value = 0.91,
	.risk = 0.93,
	.left_s = 540,
	.reason = "why" };

static const char *string_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

TEST(wait_condition_gets_exactly_its_four_keys)
{
	struct target t = { .kind = TARGET_WAIT_CONDITION };
	json_auto_t *b = signal_body(&t, &raised);

	assert_int_equal(json_object_size(b), 4);
	assert_string_equal(string_at(b, "Status"), "SUCCESS");
	assert_string_equal(string_at(b, "Reason"), "why");
	assert_string_equal(string_at(b, "UniqueId"), "prehup:fs.used_ratio[/data]");
	assert_string_equal(string_at(json_object_get(b, "Data"), "metric"), "fs.used_ratio");
	assert_near(
	        json_real_value(json_object_get(json_object_get(b, "Data"), "seconds_left")), 540);
}

TEST(a_native_handle_gets_lower_case_keys)
{
	struct target t = { .kind = TARGET_WAIT_NATIVE };
	json_auto_t *b = signal_body(&t, &raised);

	assert_int_equal(json_object_size(b), 4);
	assert_string_equal(string_at(b, "status"), "SUCCESS");
	assert_string_equal(string_at(b, "id"), "prehup:fs.used_ratio[/data]");
}

TEST(a_policy_gets_the_keys_that_heat_makes_an_event_of)
{
	struct target t = { .kind = TARGET_POLICY };
	struct event cleared = raised;
	json_auto_t *a = signal_body(&t, &raised), *b = NULL;

	assert_string_equal(string_at(a, "previous"), "ok");
	assert_string_equal(string_at(a, "current"), "alarm");
	assert_string_equal(string_at(a, "reason"), "why");
	cleared.kind = EVENT_CLEARED;
	cleared.left_s = NAN;
	b = signal_body(&t, &cleared);
	assert_string_equal(string_at(b, "current"), "ok");
	assert_true(
	        json_is_null(json_object_get(json_object_get(b, "reason_data"), "seconds_left")));
}

TEST(workflow_gets_input_and_prediction)
{
	json_auto_t *input = json_pack("{ss}", "stack", "s");
	struct target t = {
		.kind = TARGET_WORKFLOW, .input = input, .input_as = (char[]){ "why" }
	};
	json_auto_t *b = signal_body(&t, &raised);
	const json_t *in = json_object_get(b, "input");

	assert_int_equal(json_object_size(b), 1);
	assert_string_equal(string_at(in, "stack"), "s");
	assert_string_equal(string_at(json_object_get(in, "why"), "instance"), "/data");
	assert_int_equal(json_object_size(input), 1); /* the configuration is as it was */
}
