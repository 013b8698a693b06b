/* SPDX-License-Identifier: Apache-2.0 */
/* os_collect_config.c - os-collect-config's files and its bargain with the command, with real commands. */
#include "tests/unit/lib/collect_rig.h"

TEST(collected_files_are_listed_to_the_command_in_order)
{
	source_says(0, SOURCE_HEAT_LOCAL, "heat_local", "Srv", "{'born': 1}");
	source_says(1, SOURCE_CFN, "cfn", "Srv", NULL); /* has not answered yet */
	source_says(2, SOURCE_LOCAL, "local", "Srv", "{'x': 0}");
	g.polls.source[2].files = json_of("{'b': {'x': 1}, 'a': {'x': 2}}");
	see();
	assert_given("heat_local.json b.json a.json");
	assert_holds(DIR "/heat_local.json", "{'born': 1}");
	assert_holds(DIR "/heat_local.json.orig", "{'born': 1}");
	assert_holds(DIR "/heat_local.json.last", "{'born': 1}");
	assert_holds(DIR "/a.json", "{'x': 2}");
	assert_holds("/backup/b.json", "{'x': 1}");
	assert_false(path_exists(DIR "/cfn.json"));
	assert_holds(DIR "/os_config_files.json",
	        fmt("['%s', '%s', '%s']", guest_path(DIR "/heat_local.json"),
	                guest_path(DIR "/b.json"), guest_path(DIR "/a.json")));
}

TEST(unchanged_metadata_runs_and_writes_nothing)
{
	struct stat before, after;

	source_says(0, SOURCE_HEAT, "heat", "Srv", "{'a': 1, 'b': 2}");
	see();
	assert_int_equal(stat(guest_path(DIR), &before), 0);
	source_says(0, SOURCE_HEAT, "heat", "Srv", "{'b': 2, 'a': 1}"); /* the same */
	see();
	assert_int_equal(times_ran(), 1);
	assert_int_equal(stat(guest_path(DIR), &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	source_says(0, SOURCE_HEAT, "heat", "Srv", "{'a': 2}");
	see();
	assert_int_equal(times_ran(), 2);
	assert_holds(DIR "/heat.json.orig", "{'a': 1, 'b': 2}"); /* the first, for good */
	assert_holds(DIR "/heat.json.last", "{'a': 2}");
	/* The content of an earlier run's success is old, too; a torn record counts as none. */
	os_collect_config_close(&g.collect);
	os_collect_config_open(&g.collect, &g.loop, &g.conf);
	see();
	assert_int_equal(times_ran(), 2);
	guest_put(DIR "/heat.json.last", "{\"a\":");
	see();
	assert_int_equal(times_ran(), 3);
}

TEST(failed_command_is_retried_until_success)
{
	json_auto_t *status = NULL;

	guest_put("/verdict", "3");
	source_says(0, SOURCE_HEAT, "heat", "Srv", "{'a': 1}");
	see();
	assert_int_equal(times_ran(), 1);
	assert_false(path_exists(DIR "/heat.json.last"));
	see(); /* another poll does not hurry it */
	assert_int_equal(times_ran(), 1);
	status = os_collect_config_status(&g.collect);
	assert_at(status, "last_error", "exit status 3");
	guest_put("/verdict", "0");
	run_loop(5000);
	assert_int_equal(times_ran(), 2);
	assert_holds(DIR "/heat.json.last", "{'a': 1}");
	assert_int_equal(g.collect.failures, 0);
}

TEST(full_disk_is_written_before_command_is_retried)
{
	guest_put(DIR, "a file in its place");
	source_says(0, SOURCE_HEAT, "heat", "Srv", "{'a': 1}");
	see();
	assert_int_equal(times_ran(), 0);
	assert_int_equal(g.collect.failures, 1);
	assert_int_equal(unlink(guest_path(DIR)), 0);
	run_loop(5000);
	assert_int_equal(times_ran(), 1);
	assert_given("heat.json");
}

TEST(deployments_of_os_apply_config_have_own_files)
{
	static const char doc[] =
	        "{'deployments': [{'name': 'net', 'group': 'os-apply-config', 'config': {'n': 1}}, "
	        "{'name': 'plain', 'config': {'p': 1}}, {'name': 'un', 'group': 'Heat::Ungrouped', "
	        "'config': 'text'}, {'name': 'sh', 'group': 'script', 'config': 'x'}, {'name': "
	        "'none'}, {'config': 1}, 7, null]}";

	source_says(0, SOURCE_HEAT_LOCAL, "heat_local", "Srv", doc); /* is never taken apart */
	see();
	assert_given("heat_local.json");
	source_says(1, SOURCE_CFN, "cfn", "Srv", doc);
	see();
	assert_given("heat_local.json cfn.json net.json plain.json un.json");
	assert_holds(DIR "/net.json", "{'n': 1}");
	assert_holds(DIR "/un.json.last", "'text'");
}

TEST(spool_names_stay_in_their_folder)
{
	static const char *const bad[] = { "../evil", "/etc/evil", ".", "..", ".hidden", "a/b",
		"a:b", "", "os_config_files" };
	json_auto_t *list = json_array(), *doc = NULL;
	auto_free char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		json_array_append_new(list, json_pack("{ss si}", "name", bad[i], "config", 1));
	json_array_append_new(list, json_pack("{ss si}", "name", fmt("%0128d", 1), "config", 1));
	json_array_append_new(list, json_pack("{ss si}", "name", "good", "config", 1));
	doc = json_pack("{sO}", "deployments", list);
	text = json_dumps(doc, 0);
	source_says(0, SOURCE_HEAT, "heat", "Srv", text);
	see();
	assert_given("heat.json good.json");
	assert_false(path_exists("/var/lib/evil.json"));
	assert_false(path_exists("/etc/evil.json"));
}

TEST(other_resources_of_cfn_hup_do_not_replace_our_own)
{
	(void)state; /* one source for all of them, of one name */
	source_says(0, SOURCE_CFN, "cfn", "Srv", "{'own': 1}");
	source_says(1, SOURCE_CFN, "cfn", "Db", "{'own': 0}");
	see();
	assert_holds(DIR "/cfn.json", "{'own': 1}");
	source_says(0, SOURCE_CFN, "cfn", "Srv", NULL);
	see();
	assert_holds(DIR "/cfn.json", "{'own': 1}");
}

TEST(no_command_writes_nothing)
{
	json_auto_t *status = NULL;

	g.conf.command[0] = '\0';
	source_says(0, SOURCE_HEAT, "heat", "Srv", "{}");
	see();
	assert_false(path_exists(DIR));
	status = os_collect_config_status(&g.collect);
	assert_true(json_is_null(status));
}
