/* SPDX-License-Identifier: Apache-2.0 */
/* sign.c - signatures that Keystone's own signer produced for the same input. */
#include "tests/unit/lib/test.h"

#include "agent/base/digest.h"
#include "heat/api/sign.h"

#define AK "966afbde20b84200ae4e62e09acf46b2"

static const struct sign_key key = { AK, "89cdf9e94e2643cab35b8b8ac5a51f83" };

#define SIGNED_V2                                                                                  \
	{ "SignatureMethod", "HmacSHA256" }, { "SignatureVersion", "2" },                          \
	{                                                                                          \
		"AWSAccessKeyId", AK                                                               \
	}

static void v2(const char *verb, const char *host, const char *path, struct sign_param *p, size_t n,
        const char *want_query, const char *want)
{
	char query[1024], sig[64];

	assert_int_equal(sign_query(query, sizeof(query), p, n), 0);
	if (want_query)
		assert_string_equal(query, want_query);
	assert_int_equal(sign_v2(sig, sizeof(sig), &key, verb, host, path, query), 0);
	assert_string_equal(sig, want);
}

TEST(keystones_own_unit_test_K)
{
	/* Its signer adds the SignatureMethod before it signs. */
	struct sign_param p[] = { SIGNED_V2 };

	v2("GET", "127.0.0.1", "/v1/", p, 3, NULL, "odsGmT811GffUO0Eu13Pq+xTzKNIjJ6NhgZU74tYX/w=");
}

TEST(a_query_with_a_space_and_a_tilde_A)
{
	struct sign_param p[] = { { "StackName", "my stack" }, { "LogicalResourceId", "Srv~1" },
		{ "Action", "DescribeStackResource" }, SIGNED_V2 };

	v2("GET", "192.0.2.1:8000", "/v1/", p, 6,
	        "AWSAccessKeyId=" AK "&Action=DescribeStackResource&LogicalResourceId=Srv~1"
	        "&SignatureMethod=HmacSHA256&SignatureVersion=2&StackName=my%20stack",
	        "W+8Vu35bNlFcfvpWRVxkOq0JNX/AuqFf5g/72fOEQng=");
}

TEST(a_query_with_a_timestamp_A2)
{
	struct sign_param p[] = { { "StackName", "teststack" }, { "LogicalResourceId", "Srv" },
		{ "Action", "DescribeStackResource" }, { "ContentType", "JSON" },
		{ "Timestamp", "2026-11-23T06:39:19Z" }, SIGNED_V2 };

	v2("GET", "127.0.0.1:8000", "/v1/", p, 8,
	        "AWSAccessKeyId=" AK "&Action=DescribeStackResource&ContentType=JSON"
	        "&LogicalResourceId=Srv&SignatureMethod=HmacSHA256&SignatureVersion=2"
	        "&StackName=teststack&Timestamp=2026-11-23T06%3A39%3A19Z",
	        "H1+uE3t2NIt1TBWrmOlRYnoYlPccx4XrWnLdtI9jYHw=");
}

TEST(a_wait_conditions_url_C)
{
	struct sign_param p[] = { { "Timestamp", "2026-11-23T06:39:19Z" }, SIGNED_V2 };

	v2("PUT", "192.0.2.1:8000",
	        "/v1/waitcondition/arn:openstack:heat::a1b2c3:stacks/my_stack/2d1e-77aa/resources/"
	        "wait_handle",
	        p, 4, NULL, "chnPPZaE4GXa0ahMe2ImRHb4BPKVv8YxcJam19+Nnhc=");
}

TEST(a_policys_url_without_a_timestamp_C2)
{
	struct sign_param p[] = { SIGNED_V2 };

	v2("POST", "192.0.2.1:8000",
	        "/v1/signal/arn:openstack:heat::a1b2c3:stacks/my_stack/2d1e-77aa/resources/"
	        "wait_handle",
	        p, 3, NULL, "0WRHcvJ5LW2sJKMT/7jlc1nXz/PNzDXziongVe3ybz4=");
}

TEST(every_odd_character_is_encoded_as_keystone_does_D)
{
	struct sign_param p[] = { { "a", "!'()*~-._ /+%\xc3\xa9" }, { "b~*", "x" }, { "B", "1" },
		{ "a.b", "2" }, { "a1", "" } };
	char query[256];

	assert_int_equal(sign_query(query, sizeof(query), p, 5), 0);
	assert_string_equal(query, "B=1&a=%21%27%28%29%2A~-._%20%2F%2B%25%C3%A9&a.b=2&a1=&b~%2A=x");
}

#define QUERY                                                                                      \
	"Action=DescribeStackResource&ContentType=JSON&LogicalResourceId=Srv&StackName=teststack&" \
	"Version=2010-05-15"

static const struct sign_v4 reference = { .verb = "GET",
	.host = "127.0.0.1:8000",
	.path = "/v1/",
	.query = QUERY,
	.date = "20261123T063919Z",
	.region = "0",
	.service = "127",
	.body = "" };

TEST(the_request_of_the_reference_cfn_hup_B)
{
	char auth[512];

	assert_int_equal(sign_v4(auth, sizeof(auth), &key, &reference), 0);
	assert_string_equal(auth,
	        "AWS4-HMAC-SHA256 Credential=" AK
	        "/20261123/0/127/aws4_request,SignedHeaders=host;x-amz-date,"
	        "Signature="
	        "07e9251940e68104192a5e8526886d97214b305ac6be3e0f1ac099e9d7dd4ceb");
}

TEST(another_host_and_scope_B2)
{
	struct sign_v4 rq = reference;
	char auth[512];

	rq.host = "192.0.2.1:8000";
	rq.region = "heat";
	rq.service = "cloudformation";
	assert_int_equal(sign_v4(auth, sizeof(auth), &key, &rq), 0);
	assert_non_null(strstr(auth,
	        "Signature=4eccb06a2d741d6afac2f142be4e96b9add9d9d5803f0928a1929397b68e462a"));
}

TEST(oversized_request_is_refused)
{
	struct sign_param p[] = { { "StackName", "0123456789" } };
	char small[16];

	assert_int_equal(sign_query(small, sizeof(small), p, 1), -EMSGSIZE);
	assert_int_equal(sign_v2(small, sizeof(small), &key, "GET", "h", "/", ""), -EMSGSIZE);
	assert_int_equal(sign_v4(small, sizeof(small), &key, &reference), -EMSGSIZE);
}
