/* SPDX-License-Identifier: Apache-2.0 */
/* heat_api.c - addresses on Heat's own API, made and parsed, and the meaning of its refusals. */
#include "tests/unit/lib/test.h"

#include "heat/api/heat_api.h"

#define HEAT "https://heat.example/v1/p"

static char url[4096], stack[64], resource[256];

static void assert_url(const char *of_stack, const char *of, const char *action, const char *want)
{
	assert_int_equal(heat_api_url(url, sizeof(url), HEAT, of_stack, of, action), 0);
	assert_string_equal(url, fmt("%s%s", HEAT, want));
}

static int parse_arn(const char *text)
{
	return heat_api_from_arn(text, stack, sizeof(stack), resource, sizeof(resource));
}

static int parse_url(const char *text)
{
	return heat_api_from_url(text, stack, sizeof(stack), resource, sizeof(resource));
}

TEST(name_is_percent_encoded_except_stack_slash)
{
	assert_url("my_stack/2d1e-77aa", "Server", "/signal",
	        "/stacks/my_stack/2d1e-77aa/resources/Server/signal");
	assert_url("s.1~/u", "a b/c?d#e%41\xc3\xa9+\n", "",
	        "/stacks/s.1~/u/resources/a%20b%2Fc%3Fd%23e%2541%C3%A9%2B%0A");
}

TEST(name_with_parent_segments_is_refused)
{
	static const struct {
		const char *stack, *resource;
	} bad[] = { { "s/u", ".." }, { "s/u", "." }, { "../..", "r" }, { "s/..", "r" },
		{ "./u", "r" }, { "s/u/../../..", "r" } };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(heat_api_url(url, sizeof(url), HEAT, bad[i].stack, bad[i].resource,
		                         "/signal"),
		        -EINVAL);
	/* Dots are not the trouble: parts that are nothing else are. */
	assert_url("..s/u.", "...", "", "/stacks/..s/u./resources/...");
}

TEST(address_that_does_not_fit_is_none)
{
	static const char want[] = "http://h/stacks/s/u/resources/%20/signal";

	for (size_t room = 1; room <= sizeof(want) + 8; room++) {
		char *small = malloc(room); /* so that a sanitizer sees the end of it */
		int r = heat_api_url(small, room, "http://h", "s/u", " ", "/signal");

		assert_true(r == 0 || r == -EMSGSIZE);
		if (r == 0)
			assert_string_equal(small, want);
		else
			assert_true(room < sizeof(want) + 3);
		free(small);
	}
}

TEST(each_status_has_a_code_and_heats_own_message)
{
	static const struct {
		long status;
		const char *body, *state, *says;
	} cases[] = {
		{ 401, "{\"error\": {\"message\": \"Authentication required\"}}", "denied",
		        "Authentication required" },
		{ 403, "{\"error\": {\"message\": \"You are not authorized\"}}", "forbidden",
		        "You are not authorized" },
		{ 404, "{\"error\": {\"message\": \"The Stack (x) could not be found.\"}}",
		        "no-stack", "The Stack (x)" },
		{ 404,
		        "{\"error\": {\"message\": \"The Resource (r) could not be found in Stack "
		        "x.\"}}",
		        "no-resource", "The Resource (r)" },
		{ 404, "", "no-stack", "404" },
		{ 429, "", "busy", "busy" },
		{ 503, "<html>", "busy", "503" },
		{ 500, "{\"error\": {\"message\": \"Remote error\"}}", "engine-down",
		        "Remote error" },
		{ 502, "Bad Gateway", "engine-down", "502" },
		{ 301, "", "wrong-url", "not followed" },
		{ 399, "", "wrong-url", "399" },
		{ 400, "{\"error\": {\"message\": \"Malformed\"}}", "garbled", "Malformed" },
		{ 0, "", "garbled", "HTTP 0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct heat_api_fault f;

		heat_api_explain(&f, cases[i].status, cases[i].body);
		if (strcmp(f.state, cases[i].state) != 0 || !strstr(f.why, cases[i].says))
			fail_msg("%ld: %s, \"%s\"", cases[i].status, f.state, f.why);
	}
}

TEST(a_body_that_is_no_error_of_heats_adds_nothing)
{
	static const char *const odd[] = { "", "[", "null", "[1]", "\"x\"", "{\"error\": \"x\"}",
		"{\"error\": {\"message\": 7}}", "{\"error\": {}}", "\xff\xfe" };
	struct heat_api_fault plain, f;

	heat_api_explain(&plain, 500, "");
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		heat_api_explain(&f, 500, odd[i]);
		assert_string_equal(f.why, plain.why);
	}
}

TEST(a_sentence_of_any_length_fits_and_keeps_the_status)
{
	struct heat_api_fault f;

	heat_api_explain(&f, 403, fmt("{\"error\": {\"message\": \"%04000d%%s%%n\"}}", 7));
	assert_true(strlen(f.why) < sizeof(f.why));
	assert_non_null(strstr(f.why, "(HTTP 403): 000"));
}

#define ARN "http://h:8000/v1/signal/arn%3Aopenstack%3Aheat%3A%3Ap1%3Astacks"

TEST(a_signals_url_is_taken_apart_encoded_or_not)
{
	static const char *const same[] = {
		ARN "/my_stack/2d1e-77aa/resources/a%20b?Signature=x%2Fy",
		ARN "%2Fmy_stack%2F2d1e-77aa%2Fresources%2Fa%20b",
		"http://h/v1/waitcondition/arn:openstack:heat::p1:stacks/my_stack/2d1e-77aa/"
		"resources/a%20b?x=/resources/other",
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		if (parse_arn(same[i]) < 0)
			fail_msg("%s", same[i]);
		assert_string_equal(stack, "my_stack/2d1e-77aa");
		assert_string_equal(resource, "a b");
	}
}

TEST(url_with_missing_or_other_parts_names_nothing)
{
	static const char *const bad[] = { "", "%", ARN, ARN "/", ARN "/s/u", ARN "/s/u/resources/",
		ARN "/s/resources/r", ARN "//u/resources/r", ARN "/s//resources/r",
		ARN "/s/u/x/resources/r", ARN "/s/u/resources/r/t", ARN "/s/u/resources/a%2Fb",
		ARN "/s/u/resources/r%00x", ARN "/s%00/u/resources/r", ARN "/s/u/resources/..",
		ARN "/s/u/resources/%2E%2e", ARN "/../../resources/r", ARN "/s/.%2E/resources/r",
		"http://h/v1/signal/arn:aws:cf::p:stacks/s/u/resources/r",
		"http://h/?arn:openstack:heat::p:stacks/s/u/resources/r",
		"http://h/v1/signal/arn:openstack:heat::p" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_arn(bad[i]) != -EINVAL)
			fail_msg("%s: %s, %s", bad[i], stack, resource);
}

TEST(half_a_name_is_never_taken_for_a_whole_one)
{
	/* The resource ends where it is cut for every possible reason. */
	for (int host = 1700; host < 2100; host++) {
		if (parse_arn(fmt("http://%0*d/arn:openstack:heat::p:stacks/s/u/resources/%0200d",
		            host, 0, 0)) == 0)
			assert_int_equal(strlen(resource), 200);
	}
	assert_int_equal(parse_arn(fmt("%s/%0100d/u/resources/r", ARN, 1)), -EINVAL);
	(void)snprintf(url, sizeof(url), "%s/s/u/resources/%0100d", ARN, 1);
	assert_int_equal(heat_api_from_arn(url, stack, sizeof(stack), resource, 100), -EINVAL);
	assert_int_equal(heat_api_from_arn(url, stack, sizeof(stack), resource, 101), 0);
}

TEST(url_of_a_native_signal_is_parsed_alike)
{
	static const char *const bad[] = { HEAT "/stacks/s/u/resources/r",
		HEAT "/stacks/s/u/signal", HEAT "/stacks/s/u/resources//signal",
		HEAT "/s/u/resources/r/signal", "signal",
		HEAT "/stacks/s/u/resources/a%2Fb/signal" };

	assert_int_equal(parse_url(HEAT "/stacks/s/u-1/resources/a%20b%C3%A9/signal?x=/y"), 0);
	assert_string_equal(stack, "s/u-1");
	assert_string_equal(resource, "a b\xc3\xa9");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_url(bad[i]) == 0)
			fail_msg("%s: %s, %s", bad[i], stack, resource);
}
