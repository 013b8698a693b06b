/* SPDX-License-Identifier: Apache-2.0 */
/* presigned.c - the signatures that Keystone's own signer makes of the same path, key and time. */
#include "tests/unit/lib/test.h"

#include "heat/api/presigned.h"

#define AK    "966afbde20b84200ae4e62e09acf46b2"
#define HEAT  "http://192.0.2.1:8000"
#define NAMES "arn:openstack:heat::a1b2c3:stacks/my_stack/2d1e-77aa/resources/"
#define WIRE  "arn%3Aopenstack%3Aheat%3A%3Aa1b2c3%3Astacks/my_stack/2d1e-77aa/resources/"
#define OLD                                                                                        \
	"?SignatureMethod=HmacSHA256&SignatureVersion=2&AWSAccessKeyId=theirs&Timestamp=x&"        \
	"Signature=y"
#define FRESH                                                                                      \
	"?AWSAccessKeyId=" AK "&SignatureMethod=HmacSHA256&SignatureVersion=2"                     \
	"&Timestamp=2026-11-23T06%3A39%3A19Z&Signature="

static const struct sign_key key = { AK, "89cdf9e94e2643cab35b8b8ac5a51f83" };
static const time_t at = 1795415959; /* 2026-11-23T06:39:19Z */

static void becomes(const char *verb, const char *from, const char *want)
{
	char url[2048];

	assert_int_equal(presigned_renew(url, sizeof(url), from, verb, &key, at), 0);
	assert_string_equal(url, want);
}

TEST(wait_condition_url_is_signed_as_vector_c)
{
	static const char want[] = HEAT "/v1/waitcondition/" NAMES "wait_handle" FRESH
	                                "chnPPZaE4GXa0ahMe2ImRHb4BPKVv8YxcJam19%2BNnhc%3D";

	becomes("PUT", HEAT "/v1/waitcondition/" WIRE "wait_handle" OLD, want);
	becomes("PUT", HEAT "/v1/waitcondition/" NAMES "wait_handle" OLD, want);
	becomes("PUT", HEAT "/v1/waitcondition/" WIRE "%77ait%5fhandle?Signature=z#f", want);
}

TEST(a_signals_url_that_had_no_time_stamp_gets_one_C2)
{
	(void)state; /* C2's path and key, with the time: by another implementation (Python's) */
	becomes("POST", HEAT "/v1/signal/" WIRE "wait_handle?AWSAccessKeyId=theirs&Signature=y",
	        HEAT "/v1/signal/" NAMES "wait_handle" FRESH
	             "PONlogoD%2B8lGaG0rZxdKFUZgaMA4y%2BVepItn8kx7DHc%3D");
}

TEST(names_are_quoted_like_webob)
{
	(void)state; /* what Heat itself signed for such names never was right */
	becomes("POST",
	        HEAT "/v1/signal/" WIRE
	             "a%20b%C3%A9%5B1%5D%25%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40" OLD,
	        HEAT "/v1/signal/" NAMES "a%20b%C3%A9%5B1%5D%25!$&'()*+,;=:@" FRESH
	             "WrCQLBl2fOXF0XbLfc3X9U%2B1qpzVcrXsRPxxR220%2Bto%3D");
}

TEST(signature_covers_verb_path_host_key_and_time)
{
	static const char url[] = HEAT "/v1/signal/" WIRE "r" OLD;
	const struct sign_key other_secret = { AK, "x" };
	const struct {
		const char *url, *verb;
		const struct sign_key *key;
		time_t at;
	} others[] = { { url, "PUT", &key, at }, { url, "POST", &other_secret, at },
		{ url, "POST", &key, at + 1 },
		{ HEAT "/v1/signal/" WIRE "q" OLD, "POST", &key, at },
		{ "http://192.0.2.2:8000/v1/signal/" WIRE "r" OLD, "POST", &key, at } };
	char same[2048], other[2048];

	assert_int_equal(presigned_renew(same, sizeof(same), url, "POST", &key, at), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		assert_int_equal(presigned_renew(other, sizeof(other), others[i].url,
		                         others[i].verb, others[i].key, others[i].at),
		        0);
		assert_string_not_equal(strstr(same, "&Signature="), strstr(other, "&Signature="));
	}
	assert_null(strstr(same, key.secret));
	assert_null(strstr(same, "theirs"));
}

TEST(default_port_is_left_out_of_the_host_header)
{
	static const char want[] = "https://heat.example/v1/waitcondition/"
	                           "arn:openstack:heat::p:stacks/s/u/resources/w" FRESH
	                           "PIgPf8UqYxJAbmLQWebNeVW%2Ft4uKarvSdhALGSCl67g%3D";

	becomes("PUT",
	        "https://heat.example:443/v1/waitcondition/"
	        "arn%3Aopenstack%3Aheat%3A%3Ap%3Astacks/s/u/resources/w" OLD,
	        want);
	becomes("PUT",
	        "https://heat.example/v1/waitcondition/"
	        "arn%3Aopenstack%3Aheat%3A%3Ap%3Astacks/s/u/resources/w",
	        want);
}

TEST(only_signed_urls_of_signals_are_renewable)
{
	static const char *const no[] = { "", "http://h/v1/signal/x",
		"http://h/v1/waitcondition/x?a=b",
		"https://swift/v1/AUTH_a/c/o?temp_url_sig=x&temp_url_expires=1",
		"http://h/v1/?Action=DescribeStackResource&AWSAccessKeyId=a&Signature=b",
		"https://heat/v1/p/stacks/s/u/resources/r/signal" };

	assert_true(presigned_is_renewable(HEAT "/v1/signal/" WIRE "r" OLD));
	assert_true(presigned_is_renewable(HEAT "/v1/waitcondition/" WIRE "r" OLD));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (presigned_is_renewable(no[i]))
			fail_msg("%s", no[i]);
}

TEST(invalid_url_is_refused)
{
	static const char *const bad[] = { "", "/v1/signal/x", "http://", "http:// /v1/signal/x",
		"http://h/v1/signal/a%00b", "://h/v1/signal/x" };
	char url[2048];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (presigned_renew(url, sizeof(url), bad[i], "PUT", &key, at) != -EINVAL)
			fail_msg("\"%s\" became %s", bad[i], url);
}

TEST(no_room_is_told_and_never_overrun)
{
	static const char url[] = HEAT "/v1/signal/" WIRE "%20" OLD;
	char whole[2048], long_url[8192];
	size_t n;
	int r;

	assert_int_equal(presigned_renew(whole, sizeof(whole), url, "PUT", &key, at), 0);
	for (size_t room = 1; room <= strlen(whole) + 1; room++) {
		char *small = malloc(room); /* so that a sanitizer sees the end of it */

		r = presigned_renew(small, room, url, "PUT", &key, at);
		assert_int_equal(r, room > strlen(whole) ? 0 : -EMSGSIZE);
		free(small);
	}
	/* Three times as long once it is quoted. */
	n = (size_t)snprintf(long_url, sizeof(long_url), HEAT "/v1/signal/");
	for (int i = 0; i < 1900; i++)
		n += (size_t)snprintf(long_url + n, sizeof(long_url) - n, "%%20");
	assert_int_equal(
	        presigned_renew(whole, sizeof(whole), long_url, "PUT", &key, at), -EMSGSIZE);
	for (int m = 500; m < 4000; m += 7) {
		r = presigned_renew(whole, sizeof(whole),
		        fmt(HEAT "/v1/signal/%0*d%%20%%20" OLD, m, 0), "PUT", &key, at);
		assert_true(r == 0 || (r == -EMSGSIZE && m >= 1500));
		r = presigned_renew(whole, sizeof(whole), fmt("http://h%0*d/v1/signal/x" OLD, m, 0),
		        "PUT", &key, at);
		assert_true(r < 0 || m < 512);
	}
}
