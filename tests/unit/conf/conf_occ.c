/* SPDX-License-Identifier: Apache-2.0 */
/* conf_occ.c - os-collect-config.conf as oslo.config reads it, and Heat's object laid over it. */
#define TEST_SETUP    guest_open
#define TEST_TEARDOWN conf_rig_close
#include "tests/unit/lib/test.h"

#include <stdio.h>

#include "agent/base/clean.h"
#include "agent/conf/conf_internal.h"
#include "tests/unit/lib/conf_rig.h"

static struct conf_report rep;

static json_t *read_text(const char *text)
{
	guest_put("/etc/os-collect-config.conf", text);
	*said = '\0';
	rep = (struct conf_report){ .say = say };
	return conf_occ_read(&rep);
}

static void assert_same(json_t *got, const char *want)
{
	json_auto_t *mine = got, *w = json_loads(want, JSON_DECODE_ANY, NULL);
	auto_free char *text = json_dumps(mine, JSON_ENCODE_ANY);

	if (!w || !json_equal(mine, w))
		fail_msg("%s\n  is not %s", text, want);
}

#define assert_reads(text, want)                                                                   \
	do {                                                                                       \
		assert_same(read_text(text), want);                                                \
		assert_string_equal(said, "");                                                     \
	} while (0)

TEST(missing_file_gives_no_settings)
{
	rep = (struct conf_report){ .say = say };
	assert_null(conf_occ_read(&rep));
	assert_string_equal(said, "");
	assert_reads("", "{}");
	assert_reads("# only\n; remarks\n\n", "{}");
}

TEST(oslo_config_syntax_is_read)
{
	assert_reads("[DEFAULT]\r\ncommand = a b=c:d # no remark\r\npolling_interval:10\n"
	             "#x = 1\n;y = 2\n[cfn]\nstack_name=\"q u\"\nsecret_access_key = 'a\"b'\n"
	             "odd = \"a'\nempty =\nboth = x=y\nurl: http://h:8000/v1/?a=b\n"
	             "[heat]\npassword = %*&^#@!$;\n[cfn]\nlater = 1\nstack_name = again\n"
	             "[DEFAULT]\nsplay = 5",
	        "{\"command\": \"a b=c:d # no remark\", \"polling_interval\": \"10\", "
	        "\"splay\": \"5\", \"cfn\": {\"stack_name\": \"again\", \"secret_access_key\": "
	        "\"a\\\"b\", \"odd\": \"\\\"a'\", \"empty\": \"\", \"both\": \"x=y\", \"url\": "
	        "\"http://h:8000/v1/?a=b\", \"later\": \"1\"}, \"heat\": {\"password\": "
	        "\"%*&^#@!$;\"}}");
}

TEST(repeated_key_is_a_list_or_the_last_wins)
{
	assert_reads("collectors = heat\ncollectors = local\ncommand = a\ncommand = b\n"
	             "[cfn]\npath = A.Metadata\n",
	        "{\"collectors\": [\"heat\", \"local\"], \"command\": \"b\", "
	        "\"cfn\": {\"path\": [\"A.Metadata\"]}}");
}

TEST(an_indented_line_goes_on_with_the_value_before_it)
{
	/* oslo.config joins them with newlines; an empty line ends the value */
	assert_reads("command = a\n  b = c\n\t# d\nsplay = 1\n",
	        "{\"command\": \"a\\nb = c\\n# d\", \"splay\": \"1\"}");
	assert_reads("collectors = heat\ncollectors = lo\n cal\n",
	        "{\"collectors\": [\"heat\", \"lo\\ncal\"]}");
	assert_reads("command = a\n\n  splay = 2\n", "{\"command\": \"a\", \"splay\": \"2\"}");
	/* oslo.config refuses this one; nothing else can be meant. */
	assert_reads("[cfn]\n  stack_name = s\n  path = x\n",
	        "{\"cfn\": {\"stack_name\": \"s\\npath = x\"}}");
}

TEST(malformed_line_is_reported_with_its_number)
{
	assert_same(read_text("[DEFAULT]\ncommand = a\nnonsense\n[cfn\nsplay = 1\nx = \xff\n"
	                      "[command]\n"),
	        "{\"command\": \"a\", \"splay\": \"1\"}");
	assert_int_equal(rep.errors, 4);
	assert_said("/etc/os-collect-config.conf:3: neither a section");
	assert_said("os-collect-config.conf:4: not a section header");
	assert_said("os-collect-config.conf:6: this is not UTF-8");
	assert_said("os-collect-config.conf:7: [command] is the name of a key");
	assert_same(read_text("command = a\n \xff\n"), "{\"command\": \"a\"}");
	assert_int_equal(rep.errors, 1);
}

static json_t *merge(const char *base, const char *over)
{
	json_auto_t *b = base ? json_loads(base, 0, NULL) : NULL;
	json_auto_t *o = over ? json_loads(over, JSON_DECODE_ANY, NULL) : NULL;
	json_auto_t *before = json_deep_copy(b);
	json_t *all = conf_occ_merge(b, o);

	assert_true(b == NULL || json_equal(b, before)); /* a copy */
	return all;
}

TEST(heat_object_overrides_the_file_and_null_removes)
{
	assert_same(merge("{\"command\": \"c\", \"cfn\": {\"a\": \"1\", \"b\": \"2\"}}",
	                    "{\"cfn\": {\"b\": \"3\", \"c\": \"4\"}, \"collectors\": [\"x\"]}"),
	        "{\"command\": \"c\", \"cfn\": {\"a\": \"1\", \"b\": \"3\", \"c\": \"4\"}, "
	        "\"collectors\": [\"x\"]}");
	/* A change of transport, as Heat says it. */
	assert_same(merge("{\"cfn\": {\"a\": \"1\", \"b\": \"2\"}, \"collectors\": [\"cfn\"]}",
	                    "{\"cfn\": {\"a\": null, \"b\": null}, \"heat\": {\"x\": \"y\"}, "
	                    "\"collectors\": [\"heat\"]}"),
	        "{\"cfn\": {}, \"heat\": {\"x\": \"y\"}, \"collectors\": [\"heat\"]}");
	assert_same(merge("{\"cfn\": {\"a\": \"1\"}, \"splay\": \"2\"}",
	                    "{\"cfn\": null, \"splay\": null, \"none\": null}"),
	        "{}");
}

TEST(json_that_is_no_object_changes_nothing)
{
	assert_same(merge("{\"a\": \"1\"}", NULL), "{\"a\": \"1\"}");
	assert_same(merge("{\"a\": \"1\"}", "[1]"), "{\"a\": \"1\"}");
	assert_same(merge("{\"a\": \"1\"}", "\"x\""), "{\"a\": \"1\"}");
	assert_same(merge(NULL, "{\"a\": {\"b\": null}}"), "{\"a\": {}}");
	assert_same(merge(NULL, NULL), "{}");
	assert_same(merge("{\"a\": {\"b\": \"1\"}}", "{\"a\": 7}"), "{\"a\": 7}");
	assert_same(merge("{\"a\": 7}", "{\"a\": {\"b\": \"1\"}}"), "{\"a\": {\"b\": \"1\"}}");
}

TEST(its_settings_are_taken_where_they_make_sense)
{
	static const struct {
		const char *text;
		unsigned interval, splay;
	} cases[] = {
		{ "{\"polling_interval\": \"30.5\", \"splay\": \"10\"}", 30, 10 },
		{ "{\"polling_interval\": 45, \"splay\": \"0\"}", 45, 0 },
		{ "{\"polling_interval\": \"0\", \"splay\": \"-5\"}", 60, 7 },
		{ "{\"polling_interval\": \"1e30\", \"splay\": \"1e30\"}", 60, 7 },
		{ "{\"polling_interval\": \"nan\", \"splay\": \"x\"}", 60, 7 },
		{ "{\"polling_interval\": [], \"splay\": {}}", 60, 7 },
		{ "[]", 60, 7 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_auto_t *o = json_loads(cases[i].text, 0, NULL);
		struct conf set = { .interval_s = 60, .splay_s = 7 };

		conf_occ_apply(&set, o);
		if (set.interval_s != cases[i].interval || set.splay_s != cases[i].splay)
			fail_msg("%s: %u, %u", cases[i].text, set.interval_s, set.splay_s);
	}
}

TEST(folders_command_and_certificates_are_adopted)
{
	json_auto_t *o = json_loads("{\"command\": \"c\", \"cachedir\": \"/c\", "
	                            "\"backup_cachedir\": \"/b\", \"cfn\": {\"ca_certificate\": "
	                            "\"/ca\"}}",
	        0, NULL);
	struct conf own = { .ca_file = "/own" };

	conf_occ_apply(&cf, o);
	conf_occ_apply(&own, o);
	assert_string_equal(cf.command, "c");
	assert_string_equal(cf.cachedir, "/c");
	assert_string_equal(cf.backup_cachedir, "/b");
	assert_string_equal(cf.ca_file, "/ca");
	assert_string_equal(own.ca_file, "/own");
}

/* Heat 19 does so now and then: the server can never ask for its metadata, and somebody should know. */
TEST(missing_requirement_of_a_collector_is_named)
{
	guest_put("/var/lib/heat-cfntools/cfn-init-data",
	        "{\"os-collect-config\": {\"collectors\": [\"cfn\", \"heat\", \"zaqar\", "
	        "\"local\", 7], "
	        "\"cfn\": {\"metadata_url\": \"http://h/v1/\", \"access_key_id\": null, "
	        "\"secret_access_key\": \"s3cret\", \"stack_name\": \"s\", \"path\": "
	        "\"A.Metadata\"}, "
	        "\"heat\": {\"auth_url\": \"http://k\", \"user_id\": \"u\", \"password\": "
	        "\"s3cret\", "
	        "\"project_id\": \"p\", \"stack_id\": \"s/1\", \"resource_name\": \"A\"}, "
	        "\"request\": {}, \"zaqar\": {\"queue_id\": null}}}");
	assert_int_equal(load_as(CONF_START, NULL), 0);
	assert_string_equal(said, "warning: /var/lib/heat-cfntools/cfn-init-data: "
	                          "os-collect-config: cfn: no access_key_id; "
	                          "this transport is not used\n");
}
