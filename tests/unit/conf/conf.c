/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c - prehup.conf and cfn-hup's files, in a guest's folder. */
#define TEST_SETUP    guest_open
#define TEST_TEARDOWN conf_rig_close
#include "tests/unit/lib/test.h"

#include "agent/conf/conf_keys.h"
#include "tests/unit/lib/conf_rig.h"

#define HOOK(name, rest)                                                                           \
	"[" name "]\ntriggers=post.update\npath=Resources.S.Metadata\naction=a\n" rest
#define MAIN "[main]\nstack=st\ncredential-file=/etc/cfn/cred\n"

static void cfn_files(const char *main, const char *hooks)
{
	guest_put("/etc/cfn/cfn-hup.conf", main);
	guest_put("/etc/cfn/hooks.conf", hooks);
	guest_put("/etc/cfn/cred", "AWSAccessKeyId=ak\nAWSSecretKey = s%k==\n");
}

TEST(the_table_is_whole_and_its_defaults_are_good)
{
	for (const struct conf_key *k = conf_keys; k->section; k++) {
		char err[CONF_ERR] = "", text[1100];

		if (conf_key_set(&cf, k, k->value, err) < 0)
			fail_msg("[%s] %s: %s", k->section, k->name, err);
		conf_key_text(&cf, k, text, sizeof(text));
		assert_int_equal(
		        conf_key_set(&cf, k, text, err), 0); /* the printed settings can be read */
		assert_true(k->meaning && *k->meaning);
		assert_ptr_equal(conf_key_find(k->section, k->name), k);
	}
}

TEST(a_guest_without_any_file_is_a_daemon_that_idles)
{
	assert_int_equal(load(), 0);
	assert_string_equal(said, "");
	assert_int_equal(cf.hook_count, 0);
	assert_int_equal(cf.interval_s, 60);
}

TEST(cfn_hups_own_files_are_read_unchanged)
{
	cfn_files(MAIN "region=nova\n", "[restart]\ntriggers = post.update, "
	                                "service.restarted\npath = Resources.Srv.Metadata\n"
	                                "action = date +%%s > /tmp/x\n\n  && true\nrunas = root\n");
	guest_put("/var/lib/heat-cfntools/cfn-metadata-server", "http://192.0.2.1:8000/v1/");
	assert_int_equal(load_as(CONF_CFN_HUP, NULL), 0);
	assert_string_equal(said, "");
	assert_string_equal(cf.stack, "st");
	assert_string_equal(cf.access_key, "ak");
	assert_string_equal(cf.secret_key, "s%k==");
	assert_string_equal(cf.url, "http://192.0.2.1:8000/v1/");
	assert_int_equal(cf.hook_count, 1);
	assert_string_equal(cf.hook[0].action, "date +%s > /tmp/x\n\n&& true");
	assert_int_equal(cf.hook[0].triggers, TRIGGER_UPDATE | TRIGGER_RESTARTED);
	assert_string_equal(cf.hook[0].resource, "Srv");
	assert_string_equal(cf.hook[0].where, "/etc/cfn/hooks.conf:1");
}

TEST(cfn_hup_without_its_files_fails_like_the_reference)
{
	assert_true(load_as(CONF_CFN_HUP, NULL) < 0);
	assert_said("Could not open main configuration at /etc/cfn/cfn-hup.conf");
	guest_put("/etc/cfn/cfn-hup.conf", MAIN);
	guest_put("/etc/cfn/cred", "AWSAccessKeyId=ak\nAWSSecretKey=sk\n");
	assert_true(load_as(CONF_CFN_HUP, NULL) < 0);
	assert_said("No hook files found at /etc/cfn/hooks.conf or /etc/cfn/hooks.d");
	guest_put("/etc/cfn/hooks.conf", "# nothing\n");
	assert_true(load_as(CONF_CFN_HUP, NULL) < 0);
	assert_said("No hooks were found. Add some to /etc/cfn/hooks.conf or");
}

TEST(option_c_is_hooks_folder_or_configuration)
{
	cfn_files(MAIN, HOOK("usual", ""));
	guest_put("/opt/hooks/a", HOOK("extra", ""));
	assert_int_equal(load_as(CONF_CFN_HUP, "/opt/hooks"), 0);
	assert_int_equal(cf.hook_count, 2);
	guest_put("/opt/aws/cfn-hup.conf", "[main]\nstack=other\ncredential-file=/etc/cfn/cred\n");
	guest_put("/opt/aws/hooks.d/a.conf", HOOK("aws", ""));
	assert_int_equal(load_as(CONF_CFN_HUP, "/opt/aws"), 0);
	assert_string_equal(cf.stack, "other");
	assert_int_equal(cf.hook_count, 1);
	assert_string_equal(cf.hook[0].name, "aws");
}

TEST(hook_files_merge_in_order_without_backups)
{
	cfn_files(MAIN, HOOK("z", "") "[DEFAULT]\nrunas=nobody\n");
	guest_put("/etc/cfn/hooks.d/20", HOOK("b", "runas=daemon\n") "[main]\nstack=late\n");
	guest_put("/etc/cfn/hooks.d/10.conf", HOOK("a", ""));
	guest_put("/etc/cfn/hooks.d/10.conf~", HOOK("old", ""));
	guest_put("/etc/cfn/hooks.d/.swp", HOOK("hidden", ""));
	guest_put("/etc/cfn/hooks.d/sub/x", HOOK("sub", ""));
	guest_put("/etc/cfn/hooks.d/30.dpkg-old", HOOK("pkg", ""));
	assert_int_equal(load(), 0);
	assert_int_equal(cf.hook_count, 3);
	assert_string_equal(cf.hook[0].name, "z");
	assert_string_equal(cf.hook[1].name, "a");
	assert_string_equal(cf.hook[2].name, "b");
	assert_string_equal(cf.hook[1].runas, "nobody");
	assert_string_equal(cf.hook[2].runas, "daemon");
	assert_string_equal(cf.stack, "late");
	assert_said("warning: /etc/cfn/hooks.d/10.conf~: looks like a backup file");
	assert_said("warning: /etc/cfn/hooks.d/sub: is a folder");
	assert_int_equal(load_own("[compat]\nhooks-all-files = yes\n"), 0);
	assert_int_equal(cf.hook_count, 6);
}

TEST(bad_hook_is_named_and_left_out_alone)
{
	cfn_files(MAIN, HOOK("good", "") "\n[bad]\ntriggers=post.update\npath=Resources.S\n" HOOK(
	                        "worse", "runas=%(nobody)s\n") HOOK("odd", "runas=50%\n"));
	assert_int_equal(load(), 0);
	assert_int_equal(cf.hook_count, 2);
	assert_said("error: /etc/cfn/hooks.conf:6: [bad]: no action; this hook is left out");
	assert_said("error: /etc/cfn/hooks.conf:13: no such key: \"nobody\"");
	assert_said("warning: /etc/cfn/hooks.conf:18: [odd] runas: a % that is not %%");
	assert_string_equal(cf.hook[1].runas, "50%");
	guest_put("/etc/cfn/cfn-hup.conf", MAIN "strict-ini=yes\n");
	assert_true(load() < 0);
	assert_int_equal(cf.hook_count, 0);
}

TEST(runas_is_optional)
{
	cfn_files(MAIN, HOOK("h", ""));
	assert_int_equal(load(), 0);
	assert_string_equal(cf.hook[0].runas, "");
}

TEST(triggers_are_whole_words)
{
	cfn_files(MAIN, "[sub]\ntriggers=xpost.updatey\npath=Resources.S\naction=a\n"
	                "[some]\ntriggers=post.add post.nothing,predict.raised\npath=Resources.S\n"
	                "action=a\n"
	                "[aws]\ntriggers=post.add,on.command\npath=Resources.S\naction=a\n");
	assert_int_equal(load(), 0);
	assert_int_equal(cf.hook_count, 2);
	assert_said("hooks.conf:1: [sub]: no known trigger in triggers \"xpost.updatey\"");
	assert_said("[some]: unknown trigger \"post.nothing\"");
	assert_said("[aws]: trigger on.command has no equivalent in Heat");
	assert_int_equal(cf.hook[0].triggers, TRIGGER_ADD | TRIGGER_RAISED);
	guest_put("/etc/cfn/cfn-hup.conf", MAIN "compat-triggers=substring\n");
	assert_int_equal(load(), 0);
	assert_int_equal(cf.hook_count, 3);
	assert_int_equal(cf.hook[0].triggers, TRIGGER_UPDATE);
}

TEST(paths_name_parts_of_a_resource)
{
	static const struct {
		const char *path, *resource, *first, *second;
		enum hook_watches watches;
		bool good;
	} cases[] = {
		{ "Resources.S", "S", NULL, NULL, WATCH_METADATA, true },
		{ "resources.S.metadata", "S", NULL, NULL, WATCH_METADATA, true },
		{ "Resources.S.Metadata.a.b", "S", "a", "b", WATCH_METADATA, true },
		{ "Resources.S.Metadata.a\\.b.c", "S", "a.b", "c", WATCH_METADATA, true },
		{ "Resources.S.PhysicalResourceId", "S", NULL, NULL, WATCH_PHYSICAL_ID, true },
		{ "Resources.S.Metadata.AWS::CloudFormation::Init", "S",
		        "AWS::CloudFormation::Init", NULL, WATCH_METADATA, true },
		{ "Resources.S.Status", "S", NULL, NULL, WATCH_METADATA, true },
		{ "Resources", NULL, NULL, NULL, WATCH_METADATA, false },
		{ "Resources.", NULL, NULL, NULL, WATCH_METADATA, false },
		{ "Resources..Metadata", NULL, NULL, NULL, WATCH_METADATA, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "[h]\ntriggers=post.update\naction=a\npath=%s\n",
		        cases[i].path);
		cfn_files(MAIN, text);
		assert_int_equal(load(), 0);
		if (cf.hook_count != cases[i].good)
			fail_msg("%s: %s", cases[i].path, said);
		if (cases[i].good) {
			assert_string_equal(cf.hook[0].resource, cases[i].resource);
			assert_int_equal(cf.hook[0].watches, cases[i].watches);
			if (cases[i].first)
				assert_string_equal(cf.hook[0].subkey[0], cases[i].first);
			else
				assert_null(cf.hook[0].subkey[0]);
			if (cases[i].second)
				assert_string_equal(cf.hook[0].subkey[1], cases[i].second);
		}
	}
}

TEST(rest_of_a_path_can_be_ignored)
{
	cfn_files(MAIN "path-mode=heat\n",
	        "[h]\ntriggers=post.update\naction=a\npath=Resources.S.Metadata.a\n");
	assert_int_equal(load(), 0);
	assert_null(cf.hook[0].subkey[0]);
}

TEST(cfn_hup_interval_is_minutes_and_prehup_conf_wins)
{
	cfn_files(MAIN "interval=5\n", HOOK("h", ""));
	assert_int_equal(load(), 0);
	assert_int_equal(cf.interval_s, 300);
	assert_int_equal(load_own("[heat]\ninterval = 45s\n"), 0);
	assert_int_equal(cf.interval_s, 45);
	cfn_files(MAIN "interval=soon\n", HOOK("h", ""));
	assert_true(load() < 0);
	assert_said("error: /etc/cfn/cfn-hup.conf:4: [main] interval: \"soon\"");
}

TEST(the_api_is_where_user_data_says)
{
	static const struct {
		const char *server, *boto, *url;
	} cases[] = {
		{ "http://h:8123/v1/\n", NULL, "http://h:8123/v1/" },
		{ "https://h:8000/v1", NULL, "https://h:8000/v1/" },
		{ "http://h:8000/", NULL, "http://h:8000/v1/" },
		{ "http://h:8000", NULL, "http://h:8000/v1/" },
		{ "https://h/heat-cfn/v1/", NULL, "https://h/heat-cfn/v1/" },
		{ NULL, "[Boto]\nis_secure = 0\ncfn_region_endpoint = b\n", "http://b:8000/v1/" },
		{ NULL, "[Boto]\nis_secure = 1\ncfn_region_endpoint = b\n", "https://b:8000/v1/" },
		{ "http://h/v1/", "[Boto]\nis_secure=1\ncfn_region_endpoint=b\n", "http://h/v1/" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)path_remove("/var/lib/heat-cfntools/cfn-metadata-server");
		(void)path_remove("/var/lib/heat-cfntools/cfn-boto-cfg");
		if (cases[i].server)
			guest_put("/var/lib/heat-cfntools/cfn-metadata-server", cases[i].server);
		if (cases[i].boto)
			guest_put("/var/lib/heat-cfntools/cfn-boto-cfg", cases[i].boto);
		assert_int_equal(load(), 0);
		assert_string_equal(cf.url, cases[i].url);
	}
}

TEST(the_switches_of_boto_hold)
{
	guest_put("/var/lib/heat-cfntools/cfn-boto-cfg",
	        "[Boto]\nhttps_validate_certificates = 0\nca_certificates_file = /ca\n"
	        "proxy = p\nproxy_port = 3128\nproxy_user = u@x\nproxy_pass = a b\n"
	        "http_socket_timeout = 33\n");
	assert_int_equal(load(), 0);
	assert_true(cf.insecure);
	assert_string_equal(cf.ca_file, "/ca");
	assert_string_equal(cf.proxy, "http://u%40x:a%20b@p:3128");
	assert_int_equal(cf.timeout_s, 33);
}

TEST(unreadable_credentials_are_named_and_not_shown)
{
	cfn_files(MAIN, HOOK("h", ""));
	(void)path_remove("/etc/cfn/cred");
	assert_true(load() < 0);
	assert_said("invalid credentials file /etc/cfn/cred: No such file");
	guest_put("/etc/cfn/cred", "AWSAccessKeyId=ak\n AWSSecretKey=hidden\n");
	assert_true(load() < 0);
	assert_said("has no AWSSecretKey=");
	assert_null(strstr(said, "hidden"));
}

TEST(mistake_in_prehup_conf_names_file_line_and_key)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[predict]\nraise = 2\n",
		        "prehup.conf:2: [predict] raise: \"2\" is more than 1" },
		{ "[predict]\nhorizon = 5\n",
		        "prehup.conf:2: [predict] horizon: \"5\" is less than 10" },
		{ "[predict]\nhorizon = soon\n", "\"soon\" is not a time" },
		{ "[predict]\nhorizon = 1.5\n", "\"1.5\" is not whole" },
		{ "[predict]\nclear = 0.9\n", "clear (0.9) must be less than raise (0.8)" },
		{ "[heat]\ninsecure = maybe\n", "\"maybe\" is neither yes nor no" },
		{ "[heat]\nsign = v3\n", "\"v3\" is none of: v2 v4" },
		{ "[heat]\ninterfall = 5\n", "prehup.conf:2: [heat] interfall: no such setting" },
		{ "[head]\n", "prehup.conf:1: [head]: no such section" },
		{ "interval = 5\n", "prehup.conf:1: line before the first [section]" },
		{ "[heat]\n[heat]\n", "prehup.conf:2: duplicate section" },
		{ "[heat]\ninterval = 5\ninterval = 6\n", "prehup.conf:3: duplicate key" },
		{ "[heat]\ninterval\n", "prehup.conf:2: neither" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (load_own(cases[i].text) == 0)
			fail_msg("taken: %s", cases[i].text);
		assert_said(cases[i].says);
	}
}

TEST(a_nul_in_a_file_is_refused_with_its_line)
{
	static const char text[] = "[heat]\ninterval = 5\nstack = a\0b\n";

	guest_put("/etc/prehup/prehup.conf", "");
	assert_int_equal(path_write("/etc/prehup/prehup.conf", text, sizeof(text) - 1), 0);
	assert_true(load() < 0);
	assert_said("prehup.conf:3: NUL byte");
}

TEST(hooks_and_signals_of_prehup_conf_and_its_folder)
{
	guest_put("/etc/prehup/prehup.conf",
	        "[act]\nhook-timeout = 1m\n[hook drain]\ntriggers = predict.raised\naction = a\n"
	        "retries = 2\numask = 077\n");
	guest_put("/etc/prehup/prehup.d/10-heat.conf",
	        "[signal up]\ntype = policy\nurl = http://h/x?Signature=%%3D\n"
	        "when = predict.raised predict.cleared\nmetric = mem.used_ratio\n"
	        "[signal flow]\ntype = workflow\nurl = https://h/y\ninput = {\"a\": 1}\n"
	        "input-as = forecast\n");
	assert_int_equal(load(), 0);
	assert_string_equal(said, "");
	assert_int_equal(cf.hook_count, 1);
	assert_string_equal(cf.hook[0].name, "drain");
	assert_int_equal(cf.hook[0].timeout_s, 60);
	assert_int_equal(cf.hook[0].retries, 2);
	assert_int_equal(cf.hook[0].umask, 077);
	assert_int_equal(cf.target_count, 2);
	assert_string_equal(cf.target[0].url, "http://h/x?Signature=%3D");
	assert_int_equal(cf.target[0].when, TRIGGER_RAISED | TRIGGER_CLEARED);
	assert_int_equal(json_integer_value(json_object_get(cf.target[1].input, "a")), 1);
}

TEST(a_bad_signal_is_told_without_its_url)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "type = policy\nurl = ftp://secret\n", "url is neither http:// nor https://" },
		{ "type = policy\nurl = http://secret x\n", "url contains a blank" },
		{ "type = polizy\nurl = http://secret\n", "type \"polizy\" is none of" },
		{ "url = http://secret\n", "no type" },
		{ "type = policy\n", "no url" },
		{ "type = policy\nurl = http://secret\nwhen = post.update\n", "when is neither" },
		{ "type = policy\nurl = http://secret\ninput = {}\n", "workflow only" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "[signal s]\n%s", cases[i].text);
		assert_int_equal(load_own(text), 0); /* the rest of the settings holds */
		assert_int_equal(cf.target_count, 0);
		assert_said(cases[i].says);
		assert_null(strstr(said, "secret"));
	}
}

TEST(the_same_hook_twice_is_told_with_both_places)
{
	cfn_files(MAIN, HOOK("h", ""));
	assert_int_equal(load_own("[hook h]\ntriggers = predict.raised\naction = a\n"), 0);
	assert_int_equal(cf.hook_count, 1);
	assert_said("prehup.conf:1: [h]: there is a hook of this name at /etc/cfn/hooks.conf:1");
}
