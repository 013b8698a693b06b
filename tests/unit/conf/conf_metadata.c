/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <errno.h>
#include <stdio.h>

#include "tests/unit/lib/conf_rig.h"

static struct conf laid;
static char err[CONF_ERR];

FIXTURE(setup)
{
	*err = '\0';
	return guest_open(state) < 0 ? -1
	                             : load_own("[heat]\nresource = Server\n[hook mine]\ntriggers "
	                                        "= predict.raised\naction = a\n");
}

FIXTURE(teardown)
{
	conf_free(&laid);
	return conf_rig_close(state);
}

static int lay(const char *text)
{
	json_error_t e;
	json_auto_t *j = json_loads(text, JSON_ALLOW_NUL | JSON_DECODE_ANY, &e);

	if (!j)
		fail_msg("%s: %s", text, e.text);
	conf_free(&laid);
	return conf_overlay(&laid, &cf, j, NULL, err);
}

TEST(given_settings_apply_and_others_stay)
{
	assert_int_equal(
	        lay("{\"heat\": {\"interval\": 30},"
	            " \"collect\": {\"collectors\": [\"memory\", \"load\"]},"
	            " \"predict\": {\"horizon\": \"10m\", \"raise\": 0.9},"
	            " \"hooks\": {\"drain\": {\"triggers\": [\"predict.raised\", "
	            "\"predict.cleared\"], \"action\": \"a 100% b\", \"timeout\": 5},"
	            " \"cfg\": {\"triggers\": \"post.update\", \"action\": \"b\"}},"
	            " \"signals\": {\"up\": {\"type\": \"policy\", \"url\": \"http://h/x\"},"
	            " \"flow\": {\"type\": \"workflow\", \"url\": \"http://h/y\", \"input\": "
	            "{\"a\": [1]}}}}"),
	        0);
	assert_int_equal(laid.interval_s, 30);
	assert_string_equal(laid.collectors, "memory load");
	assert_int_equal(laid.score.horizon_s, 600);
	assert_near(laid.score.raise, 0.9);
	assert_near(laid.score.clear, cf.score.clear);
	assert_int_equal(laid.hook_count, 3);
	assert_string_equal(laid.hook[0].name, "mine");
	assert_string_equal(laid.hook[1].action, "a 100% b");
	assert_int_equal(laid.hook[1].triggers, TRIGGER_RAISED | TRIGGER_CLEARED);
	assert_int_equal(laid.hook[1].timeout_s, 5);
	assert_string_equal(laid.hook[2].path, "Resources.Server.Metadata");
	assert_int_equal(laid.target_count, 2);
	assert_true(json_is_array(json_object_get(laid.target[1].input, "a")));
	assert_int_equal(cf.hook_count, 1); /* a copy, not a part, of it */
}

TEST(any_mistake_refuses_all_of_it_and_says_where)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[]", "metadata: prehup: is not an object" },
		{ "{\"heat\": []}", "prehup.heat: is not an object" },
		{ "{\"predikt\": {}}", "prehup.predikt: no such section" },
		{ "{\"predict\": {\"horizont\": 5}}", "prehup.predict.horizont: no such setting" },
		{ "{\"predict\": {\"raise\": 2}}", "prehup.predict.raise: \"2\" is more than 1" },
		{ "{\"predict\": {\"raise\": {}}}", "prehup.predict.raise: is not a text" },
		{ "{\"predict\": {\"raise\": null}}", "prehup.predict.raise: is not a text" },
		{ "{\"predict\": {\"raise\": 0.3}}", "clear (0.4) must be less than raise (0.3)" },
		{ "{\"collect\": {\"filesystems\": \"/a\\u0000b\"}}",
		        "filesystems: is not a text" },
		{ "{\"collect\": {\"collectors\": [\"a b\"]}}", "collectors: is not a text" },
		{ "{\"hooks\": {\"mine\": {\"triggers\": \"predict.raised\", \"action\": \"x\"}}}",
		        "prehup.hooks.mine: there is a hook of this name at" },
		{ "{\"hooks\": {\"h\": {\"triggers\": \"predict.raised\"}}}",
		        "hooks.h: no action" },
		{ "{\"hooks\": {\"h\": {\"triggers\": \"x\", \"action\": \"a\"}}}",
		        "no known trigger" },
		{ "{\"hooks\": {\"h\": {\"triggers\": \"predict.raised\", \"akction\": \"a\"}}}",
		        "prehup.hooks.h.akction: no such key" },
		{ "{\"hooks\": {\"h\": \"a\"}}", "prehup.hooks.h: is not an object" },
		{ "{\"hooks\": {\"h\": {\"triggers\": \"predict.raised\", \"action\": "
		  "\"a\\u0000b\"}}}",
		        "has a NUL" },
		{ "{\"signals\": {\"s\": {\"type\": \"policy\", \"url\": \"file:///etc\"}}}",
		        "prehup.signals.s: url is neither" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (lay(cases[i].text) == 0)
			fail_msg("taken: %s", cases[i].text);
		if (!strstr(err, cases[i].says) || strncmp(err, "metadata: prehup", 16) != 0)
			fail_msg("%s: \"%s\"", cases[i].text);
	}
}

TEST(metadata_cannot_set_credentials_urls_or_tls)
{
	static const char *const keys[] = { "url", "stack", "resource", "credential-file",
		"metadata-file", "ca-file", "client-cert", "proxy", "insecure", "sign",
		"sign-timestamp" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "{\"heat\": {\"%s\": \"no\"}}", keys[i]);
		if (lay(text) == 0 || !strstr(err, "only a file on the guest may set this"))
			fail_msg("%s: \"%s\"", keys[i]);
	}
}

TEST(hooks_from_metadata_can_be_turned_off_on_the_guest)
{
	cf.metadata_hooks = false;
	assert_int_equal(lay("{\"hooks\": {\"h\": {\"triggers\": \"predict.raised\", "
	                     "\"action\": \"a\"}}}"),
	        -EINVAL);
	assert_non_null(strstr(err, "metadata-hooks = no"));
	assert_int_equal(lay("{\"act\": {\"metadata-hooks\": true}}"), -EINVAL);
	assert_int_equal(lay("{\"predict\": {\"horizon\": 60}}"), 0);
}

TEST(more_hooks_than_there_is_room_for_are_refused)
{
	json_auto_t *hooks = json_object(), *o = json_object();
	char name[16];

	for (int i = 0; i < HOOK_MAX; i++) {
		(void)snprintf(name, sizeof(name), "h%d", i);
		json_object_set_new(hooks, name,
		        json_pack("{ss ss}", "triggers", "predict.raised", "action", "a"));
	}
	json_object_set(o, "hooks", hooks);
	assert_int_equal(conf_overlay(&laid, &cf, o, NULL, err), -EINVAL);
	assert_non_null(strstr(err, "more than 64 hooks"));
}
