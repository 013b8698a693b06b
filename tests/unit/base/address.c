/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/test.h"

#include <arpa/inet.h>

#include "agent/base/address.h"

TEST(address_is_numeric_or_a_path)
{
	static const char *const good[] = { "127.0.0.1:9100", "0.0.0.0:1", "[::1]:65535", "[::]:0",
		"[::ffff:10.0.0.1]:80", "unix:/run/x", "unix:/a:b" };
	static const char *const bad[] = { "", ":9100", "9100", "localhost:9100", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:999999999999",
		"127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "127.0.0.1:80 ", "127.1:80",
		"127.0.0.1 :80", " 127.0.0.1:80", "::1:9100", "[::1]", "[::1", "[::1:80", "[]:80",
		"[:80", "]:80", "[127.0.0.1]:80", "[::1%lo]:80", "*:80", "unix:", "unix:run/x",
		"unix:@x", "unix:/", "unix:/run/", "unix:/run/..",
		"unix:/"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]:80" };
	char err[160], small[8];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(address_check(good[i], err, sizeof(err)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		err[0] = '\0';
		if (address_check(bad[i], err, sizeof(err)) != -EINVAL)
			fail_msg("%s is accepted", bad[i]);
		assert_non_null(strstr(err, "\" "));
	}
	assert_int_equal(address_check("localhost:9100", err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "\"localhost:9100\" is no numeric address: 127.0.0.1:9100, "
	                         "[::1]:9100, 0.0.0.0:9100");
	assert_int_equal(address_check("x", small, sizeof(small)), -EINVAL);
	assert_int_equal(strlen(small), sizeof(small) - 1);
}

TEST(address_is_as_the_kernel_takes_it)
{
	struct address at;

	assert_null(address_parse("10.0.0.1:9100", &at));
	assert_null(at.path);
	assert_int_equal(at.ip.v4.sin_family, AF_INET);
	assert_int_equal(at.ip.v4.sin_addr.s_addr, htonl(0x0a000001));
	assert_int_equal(at.ip.v4.sin_port, htons(9100));
	assert_int_equal(at.ip_size, sizeof(at.ip.v4));
	assert_null(address_parse("[::1]:80", &at));
	assert_int_equal(at.ip.v6.sin6_family, AF_INET6);
	assert_int_equal(at.ip_size, sizeof(at.ip.v6));
	assert_null(address_parse("unix:/run/x", &at));
	assert_string_equal(at.path, "/run/x");
}
