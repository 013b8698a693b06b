/* SPDX-License-Identifier: Apache-2.0 */
/* signal_route.c - the transport of a signal of a deployment or of a handle. */
#include "tests/unit/lib/test.h"

#include "heat/signal/signals.h"
#include "tests/unit/lib/json.h"

static json_t *road(const char *attribute)
{
	json_auto_t *o = json_of(attribute);

	return signal_route(o);
}

static void assert_road(const char *attribute, const char *want)
{
	json_auto_t *got = road(attribute);

	assert_json(got, want);
}

#define USER(p)                                                                                    \
	"'" p "auth_url': 'http://k/v3', '" p "username': 'n', '" p "user_id': 'u', "              \
	"'" p "password': 'pw%', '" p "project_id': 'p', '" p "region_name': 'R'"
#define AS_USER                                                                                    \
	"'user': {'auth_url': 'http://k/v3', 'user_id': 'u', 'password': 'pw%', "                  \
	"'project_id': 'p', 'region': 'R'}"
#define ITEM                                                                                       \
	"'deploy_server_id': 'i', 'deploy_action': 'CREATE', 'deploy_stack_id': "                  \
	"'s/u', 'deploy_resource_name': 'dep', 'deploy_signal_transport': "

TEST(deployment_is_signalled_by_all_five_transports)
{
	assert_road("{" ITEM "'CFN_SIGNAL', 'deploy_signal_id': 'https://h/v1/signal/x', "
	                     "'deploy_signal_verb': 'POST'}",
	        "{'way': 'url', 'url': 'https://h/v1/signal/x', 'method': 'POST'}");
	assert_road("{" ITEM "'TEMP_URL_SIGNAL', 'deploy_signal_id': 'http://swift/o?s=1', "
	                     "'deploy_signal_verb': 'PUT'}",
	        "{'way': 'url', 'url': 'http://swift/o?s=1', 'method': 'PUT'}");
	assert_road("{" ITEM "'HEAT_SIGNAL', " USER("deploy_") "}",
	        "{'way': 'heat', 'stack': 's/u', 'resource': 'dep', " AS_USER "}");
	assert_road("{" ITEM "'ZAQAR_SIGNAL', 'deploy_queue_id': 'q', " USER("deploy_") "}",
	        "{'way': 'zaqar', 'queue': 'q', " AS_USER "}");
	assert_null(road("{" ITEM "'NO_SIGNAL'}"));
}

TEST(a_handle_is_told_by_each_of_the_five_transports)
{
	assert_road("{'alarm_url': 'http://h/v1/waitcondition/x'}",
	        "{'way': 'url', 'url': 'http://h/v1/waitcondition/x', 'method': 'PUT'}");
	assert_road("{'alarm_url': 'https://swift/o?temp_url_sig=1'}",
	        "{'way': 'url', 'url': 'https://swift/o?temp_url_sig=1', 'method': 'PUT'}");
	assert_road("{'alarm_url': 'http://h:8004/v1/p/stacks/s/u/resources/h/signal', "
	            "'domain_id': 'd', " USER("") "}",
	        "{'way': 'heat', 'stack': 's/u', 'resource': 'h', " AS_USER "}");
	assert_road(
	        "{'queue_id': 'q', " USER("") "}", "{'way': 'zaqar', 'queue': 'q', " AS_USER "}");
	assert_null(road("{}"));
}

TEST(deployment_without_url_uses_server_credentials)
{
	assert_road("{" ITEM
	            "'CFN_SIGNAL', 'deploy_signal_id': null, 'deploy_signal_verb': 'POST'}",
	        "{'way': 'own', 'stack': 's/u', 'resource': 'dep', 'method': 'POST'}");
	assert_null(road("{'deploy_signal_transport': 'CFN_SIGNAL'}"));
	assert_null(road("{'deploy_signal_transport': 'CFN_SIGNAL', 'deploy_stack_id': 's/u', "
	                 "'deploy_resource_name': 'other/signal?'}"));
	assert_null(road("{" ITEM "'CFN_SIGNAL', 'deploy_signal_id': 'ftp://h'}"));
	assert_null(road("{" ITEM "'TEMP_URL_SIGNAL'}"));
}

TEST(user_inputs_do_not_redirect_a_deployment_signal)
{
	(void)state; /* an auth_url, a password, a queue_id: a deployment may have such inputs */
	assert_road("{" USER("") ", 'queue_id': 'mine', 'alarm_url': 'http://mine', " ITEM
	                         "'CFN_SIGNAL', 'deploy_signal_id': 'http://h/x'}",
	        "{'way': 'url', 'url': 'http://h/x', 'method': 'POST'}");
	assert_road("{'password': 'mine', 'user_id': 'me', 'stack_id': 'my/s', " ITEM
	            "'HEAT_SIGNAL', " USER("deploy_") "}",
	        "{'way': 'heat', 'stack': 's/u', 'resource': 'dep', " AS_USER "}");
	assert_null(road("{'alarm_url': 'http://mine', " ITEM "'NO_SIGNAL'}"));
}

TEST(put_stays_put_and_default_verb_is_the_kinds)
{
	static const struct {
		const char *attribute, *method;
	} cases[] = {
		{ "{'deploy_signal_id': 'http://h/x'}", "POST" },
		{ "{'deploy_signal_id': 'http://h/x', 'deploy_signal_verb': ''}", "POST" },
		{ "{'deploy_signal_id': 'http://h/x', 'deploy_signal_verb': 'PUT'}", "PUT" },
		{ "{'deploy_signal_id': 'http://h/x', 'deploy_signal_verb': 'DELETE'}", "POST" },
		{ "{'deploy_signal_id': 'http://h/x', 'deploy_signal_verb': 7}", "POST" },
		{ "{'alarm_url': 'http://h/x'}", "PUT" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_auto_t *o = road(cases[i].attribute);

		assert_at(o, "method", cases[i].method);
	}
}

TEST(incomplete_url_gets_no_signal)
{
	static const char *const bad[] = { "null", "[]", "7", "'http://h/'",
		"{'alarm_url': 'file:///etc/passwd'}", "{'alarm_url': 'HTTP'}",
		"{'alarm_url': ' http://h'}", "{'deploy_signal_id': 'ftp://h/x'}",
		"{'alarm_url': {}}", "{'deploy_signal_id': null}",
		/* no user, no stack, no resource */
		"{'auth_url': 'http://k', 'alarm_url': "
		"'http://h/v1/p/stacks/s/u/resources/r/signal'}",
		"{" USER("") "}", "{" USER("") ", 'alarm_url': 'http://h/v1/p/stacks/s/u'}",
		"{" USER("") ", 'alarm_url': 'http://h/v1/p/stacks/s/resources/r/signal'}",
		"{" USER("deploy_") ", 'deploy_stack_id': 's/u'}",
		"{" USER("deploy_") ", 'deploy_stack_id': 's', 'deploy_resource_name': 'r'}",
		"{'queue_id': 'q'}", "{'queue_id': 'q', 'auth_url': 'http://k'}",
		"{'queue_id': 'q', 'alarm_url': 'http://h/x'}" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		json_auto_t *o = road(bad[i]);

		if (o)
			fail_msg("%s: %s", bad[i], text_at(o, "way"));
	}
}

TEST(names_in_a_handles_url_are_whole_and_decoded)
{
	json_auto_t *o =
	        road("{'alarm_url': 'http://h/v1/p/stacks/s/u/resources/a%20b%C3%A9/signal', " USER(
	                "") "}");
	json_auto_t *longer = NULL, *too_long = NULL;

	assert_at(o, "resource", "a b\xc3\xa9"); /* else it would be encoded twice */
	longer = road(
	        fmt("{'alarm_url': 'http://h/v1/p/stacks/%0100d/u/resources/%0200d/signal', %s}", 1,
	                2, USER("")));
	assert_int_equal(strlen(text_at(longer, "resource")), 200);
	assert_int_equal(strlen(text_at(longer, "stack")), 102);
	too_long = road(fmt("{'deploy_stack_id': '%0300d/u', 'deploy_resource_name': 'r', %s}", 1,
	        USER("deploy_")));
	assert_null(too_long); /* half of it would be another stack */
}
