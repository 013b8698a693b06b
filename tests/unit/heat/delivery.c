/* SPDX-License-Identifier: Apache-2.0 */
/* delivery.c - where a token may go. */
#include "tests/unit/lib/test.h"

#include "heat/signal/delivery_internal.h"

static struct keystone_session session = { .heat = "https://heat.example:8004/v1/p" };

/* The address that a PATCH goes to when metadata names `url`; NULL: nowhere. */
static const char *address(const char *url)
{
	static struct delivery d;
	json_auto_t *what = json_pack("{ss ss}", "way", "unhealthy", "url", url);
	int r;

	d = (struct delivery){ .spec = what, .way = "unhealthy", .stack = "s/u", .resource = "r" };
	r = delivery_token_url(&d, &session);
	d.spec = NULL;
	assert_true(r == 0 || r == -EPERM);
	return r == 0 ? d.url : NULL;
}

TEST(token_goes_only_to_the_heat_of_the_catalogue)
{
	static const char *const others[] = { "https://evil.example/v1/p/stacks/s/u/resources/r",
		"http://heat.example:8004/v1/p/x", "https://heat.example:8005/v1/p/x",
		"https://heat.example:80040/x", "https://heat.example:8004.evil.example/x",
		"https://heat.example:8004@evil.example/x", "https://heat.example:8004\\@evil/x",
		"https://heat.example/v1/p/x", "//heat.example:8004/x", "heat.example" };

	assert_string_equal(address(""), "https://heat.example:8004/v1/p/stacks/s/u/resources/r");
	assert_string_equal(address("https://HEAT.example:8004/v1/p/stacks/t/v/resources/q"),
	        "https://HEAT.example:8004/v1/p/stacks/t/v/resources/q");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_null(address(others[i]));
}
