/* SPDX-License-Identifier: Apache-2.0 */
/* cfn.c - answers of the real Heat (Debian 12's Heat 19), and their meaning. */
#include "tests/unit/lib/test.h"

#include "heat/api/cfn.h"

#define XML(code, message)                                                                         \
	"<ErrorResponse><Error><Message>" message "</Message><Code>" code                          \
	"</Code><Type>Sender</Type></Error></ErrorResponse>"

static const struct {
	const char *name;
	long status;
	const char *body;
	enum cfn_verdict want;
	const char *says;
} answers[] = {
	{ "a bad signature", 403, XML("AccessDenied", "User is not authorized to perform action"),
	        CFN_DENIED, "clock" },
	{ "the policy of 2024.1", 403,
	        XML("AccessDenied", "User is not authorized to perform action: Action "
	                            "DescribeStackResource not allowed for user"),
	        CFN_POLICY, "\"cloudformation:DescribeStackResource\": \"rule:allow_everybody\"" },
	{ "an unknown stack", 200, "\"The Stack (nostack) could not be found.\"", CFN_NO_STACK,
	        "nostack" },
	{ "an unknown resource", 200, "\"The Resource (Nope) could not be found in Stack meta.\"",
	        CFN_NO_RESOURCE, "Nope" },
	{ "a resource of others", 200, "\"You are not authorized to use this action.\"",
	        CFN_FORBIDDEN, "no such" },
	{ "an engine that is down", 200,
	        "\"The request processing has failed due to an internal error\"", CFN_ENGINE,
	        "heat-engine" },
	{ "the same in XML", 500,
	        XML("InternalFailure",
	                "The request processing has failed due to an internal error"),
	        CFN_ENGINE, "heat-engine" },
	{ "an unknown stack in XML", 400,
	        XML("InvalidParameterValue", "The Stack (x) could not be found."), CFN_NO_STACK,
	        "x" },
	{ "Keystone down", 500, "", CFN_ENGINE, "Keystone" },
	{ "too busy", 503, "", CFN_BUSY, "busy" },
	{ "no slash", 404, "The resource could not be found.", CFN_WRONG_URL, "/v1/" },
	{ "the versions", 300, "{\"versions\": []}", CFN_WRONG_URL, "/v1/" },
	{ "a redirect", 302, "", CFN_WRONG_URL, "elsewhere" },
	{ "a captive portal", 200, "<html>log in</html>", CFN_GARBLED, "not JSON" },
	{ "another API", 200, "{\"metadata\": {}}", CFN_WRONG_URL, "not Heat's" },
	{ "nothing", 200, "", CFN_GARBLED, "not JSON" },
	{ "half an answer", 200, "{\"DescribeStackResourceResponse\": {", CFN_GARBLED, "not JSON" },
	{ "an array", 200, "[1]", CFN_WRONG_URL, "not Heat's" },
};

TEST(every_answer_is_told_apart_in_plain_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct cfn_resource res;
		char why[CFN_WHY];
		enum cfn_verdict v = cfn_parse(
		        &res, answers[i].status, answers[i].body, strlen(answers[i].body), why);

		if (v != answers[i].want || !strstr(why, answers[i].says))
			fail_msg("%s: verdict %d, \"%s\"", answers[i].name, v, why);
	}
}

#define DETAIL(metadata)                                                                           \
	"{\"DescribeStackResourceResponse\": {\"DescribeStackResourceResult\": "                   \
	"{\"StackResourceDetail\": {\"Metadata\": " metadata                                       \
	", \"PhysicalResourceId\": \"id-1\", \"ResourceType\": \"OS::Heat::DeployedServer\", "     \
	"\"LastUpdatedTimestamp\": \"2026-11-23T06:39:19Z\"}}}}"

static enum cfn_verdict parse(struct cfn_resource *res, const char *body, char *why)
{
	return cfn_parse(res, 200, body, strlen(body), why);
}

TEST(metadata_is_an_object_or_its_text)
{
	static const char *const good[] = { DETAIL("{\"a\": 1}"), DETAIL("\"{\\\"a\\\": 1}\"") };
	struct cfn_resource res;
	char why[CFN_WHY];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse(&res, good[i], why), CFN_OK);
		assert_int_equal(json_integer_value(json_object_get(res.metadata, "a")), 1);
		assert_string_equal(res.physical_id, "id-1");
		cfn_resource_clear(&res);
	}
	assert_int_equal(parse(&res, DETAIL("null"), why), CFN_OK);
	assert_int_equal(json_object_size(res.metadata), 0);
	cfn_resource_clear(&res);
}

TEST(metadata_that_is_no_object_is_refused)
{
	static const char *const bad[] = { DETAIL("[1]"), DETAIL("7"), DETAIL("\"[1]\""),
		DETAIL("\"{\"") };
	struct cfn_resource res;
	char why[CFN_WHY];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(&res, bad[i], why), CFN_GARBLED);
		assert_non_null(strstr(why, "not an object"));
	}
}

TEST(a_nul_in_a_value_is_kept_whole)
{
	struct cfn_resource res;
	char why[CFN_WHY];
	const json_t *v;

	assert_int_equal(parse(&res, DETAIL("{\"a\": \"x\\u0000y\"}"), why), CFN_OK);
	v = json_object_get(res.metadata, "a");
	assert_int_equal(json_string_length(v), 3);
	cfn_resource_clear(&res);
}

TEST(deeply_nested_answer_is_refused_before_parsing)
{
	enum { DEEP = 100000 };
	char *body = calloc(1, DEEP + 1);
	struct cfn_resource res;
	char why[CFN_WHY];

	assert_non_null(body);
	memset(body, '[', DEEP);
	assert_int_equal(cfn_parse(&res, 200, body, DEEP, why), CFN_GARBLED);
	assert_non_null(strstr(why, "deeper"));
	free(body);
	assert_true(
	        cfn_shallow("[\"[[[\\\"[[[\"]", 13)); /* brackets within a string nest nothing */
}

static struct source source(void)
{
	return (struct source){ .url = "http://192.0.2.1:8000/v1/",
		.stack = "my stack",
		.resource = "Server",
		.access_key = "ak",
		.secret_key = "sk" };
}

TEST(version_4_request_is_signed_in_a_header)
{
	struct source src = source();
	struct cfn_request rq;

	assert_int_equal(cfn_build(&rq, &src, SIGN_V4, true, 1795415959), 0);
	assert_string_equal(rq.url,
	        "http://192.0.2.1:8000/v1/?Action=DescribeStackResource&"
	        "ContentType=JSON&LogicalResourceId=Server&StackName=my%20stack&"
	        "Version=2010-05-15");
	assert_string_equal(rq.date, "X-Amz-Date: 20261123T063919Z");
	assert_non_null(strstr(rq.authorization, "Credential=ak/20261123/heat/cloudformation/"));
	assert_null(strstr(rq.authorization, "sk"));
}

TEST(version_2_request_is_signed_in_its_query)
{
	struct source src = source();
	struct cfn_request rq;

	assert_int_equal(cfn_build(&rq, &src, SIGN_V2, true, 1795415959), 0);
	assert_null(rq.headers[0]);
	assert_non_null(strstr(rq.url, "&Timestamp=2026-11-23T06%3A39%3A19Z"));
	assert_non_null(strstr(rq.url, "&Signature="));
	assert_int_equal(cfn_build(&rq, &src, SIGN_V2, false, 1795415959), 0);
	assert_null(strstr(rq.url, "Timestamp"));
}

TEST(default_port_is_not_signed)
{
	struct source a = source(), b = source();
	struct cfn_request ra, rb;

	(void)snprintf(a.url, sizeof(a.url), "https://heat.example:443/v1/");
	(void)snprintf(b.url, sizeof(b.url), "https://heat.example/v1/");
	assert_int_equal(cfn_build(&ra, &a, SIGN_V2, true, 0), 0);
	assert_int_equal(cfn_build(&rb, &b, SIGN_V2, true, 0), 0);
	assert_string_equal(strstr(ra.url, "&Signature="), strstr(rb.url, "&Signature="));
	(void)snprintf(a.url, sizeof(a.url), "no url");
	assert_true(cfn_build(&ra, &a, SIGN_V2, true, 0) < 0);
}
