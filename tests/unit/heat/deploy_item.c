/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_item.c - an item of `deployments` in its form for a hook, and the signal of its result. */
#include "tests/unit/lib/test.h"

#include "agent/base/clean.h"
#include "heat/deploy/deploy_item.h"
#include "tests/unit/lib/json.h"

static void assert_same(json_t *got, const char *want)
{
	assert_json(got, want);
	json_decref(got);
}

/* Returns the file name for an item of this id. */
static const char *key_of(const char *id)
{
	static char key[DEPLOY_KEY];
	json_auto_t *item = json_pack("{ss}", "id", id);

	assert_int_equal(deploy_key(key, item), 0);
	return key;
}

TEST(id_becomes_a_file_name_inside_its_folder)
{
	static const char *const odd[] = { ".", "..", ".hidden", "../../etc/passwd", "a/b", "a b",
		"a\nb", "a'b", "a;reboot", "$(x)", "\xc3\xa9", "/" };
	const char *longest = fmt("%063d", 1);
	char other[DEPLOY_KEY] = "";

	assert_string_equal(key_of("1f2e-AB_c.d"), "1f2e-AB_c.d");
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		const char *key = key_of(odd[i]);

		assert_int_equal(strlen(key), 64);
		assert_int_equal(strspn(key, "0123456789abcdef"), 64);
		assert_string_not_equal(key, other); /* each its own */
		memcpy(other, key, sizeof(other));
	}
	assert_string_equal(key_of(longest), longest);
	assert_int_equal(strlen(key_of(fmt("%0150d", 1))), 64);
}

TEST(an_item_without_an_id_is_none)
{
	static const char *const bad[] = { "{}", "{'id': ''}", "{'id': 7}", "{'id': null}", "[]",
		"null", "'id'" };
	char key[DEPLOY_KEY];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		json_auto_t *item = json_of(bad[i]);

		assert_int_equal(deploy_key(key, item), -EINVAL);
		assert_string_equal(deploy_text(item, "name"), "");
		assert_null(deploy_input(item, "a"));
	}
}

TEST(a_groups_name_is_reduced_as_heat_config_does_it)
{
	static const char *const cases[][2] = { { "docker-cmd_2", "docker-cmd_2" },
		{ "Heat::Ungrouped", "HeatUngrouped" }, { "../../bin/sh", "binsh" },
		{ "./ \xc3\xa9", "" }, { "0123456789abcdefghij", "0123456789abcde" } };
	char name[16];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		deploy_hook_name(name, sizeof(name), cases[i][0]);
		assert_string_equal(name, cases[i][1]);
	}
}

TEST(inputs_of_type_string_become_strings_and_no_others)
{
	json_auto_t *item =
	        json_of("{'group': 'g', 'inputs': [{'name': 's', 'type': 'String', 'value': "
	                "'x'},{'name': 'i', 'type': 'String', 'value': 7},{'name': 'r', 'type': "
	                "'String', 'value': 1.5},{'name': 't', 'type': 'String', 'value': "
	                "true},{'name': 'f', 'type': 'String', 'value': false},{'name': 'n', "
	                "'type': 'String', 'value': null},{'name': 'l', 'type': 'String', 'value': "
	                "[1]},{'name': 'j', 'type': 'Json', 'value': {'a': [1]}},{'name': 'b', "
	                "'type': 'Boolean', 'value': true},{'name': 'u', 'value': 7},{'name': 'v', "
	                "'type': 'String'},{'type': 'String', 'value': 1}, 7, null, 'x']}");
	json_auto_t *before = json_deep_copy(item), *plain = NULL;
	const char *why;

	plain = deploy_for_hook(item, &why);
	assert_same(deploy_inputs(plain),
	        "{'s': 'x', 'i': '7', 'r': '1.5', 't': 'True', 'f': 'False', 'n': 'None', 'l': "
	        "'[1]', 'j': {'a': [1]}, 'b': true, 'u': 7, 'v': ''}");
	assert_true(json_equal(item, before)); /* the metadata is as it was */
}

#define COMPONENT                                                                                  \
	"{'group': 'component', 'config': {'configs': ["                                           \
	"7, {'actions': 'CREATE', 'config': '0', 'tool': 'no'},"                                   \
	"{'actions': [1, 'CREATE'], 'config': '1', 'tool': 'script'},"                             \
	"{'actions': ['CREATE', 'UPDATE'], 'config': {'a': 2}, 'tool': 'puppet'},"                 \
	"{'actions': ['DELETE'], 'tool': 'script'}"                                                \
	"]}, 'inputs': [{'name': 'deploy_action', 'value': '%s'}]}"

static json_t *component(const char *action, const char **why)
{
	json_auto_t *item = json_of(fmt(COMPONENT, action));

	return deploy_for_hook(item, why);
}

TEST(first_part_of_a_component_for_the_action_counts)
{
	const char *why = "";
	json_auto_t *create = component("CREATE", &why), *update = component("UPDATE", &why);

	assert_string_equal(deploy_text(create, "config"), "1");
	assert_string_equal(deploy_text(create, "group"), "script");
	assert_string_equal(deploy_text(update, "group"), "puppet");
	assert_same(json_incref(json_object_get(update, "config")), "{'a': 2}");
	assert_null(component("SUSPEND", &why));
	assert_non_null(strstr(why, "no config for this action"));
	assert_null(component("DELETE", &why)); /* a part without a config is none */
	assert_null(component("", &why));
}

static json_t *result(int status, const char *out, const char *err, const char *note)
{
	return json_pack("{si ss ss ss s{ss ss}}", "status", status, "stdout", out, "stderr", err,
	        "note", note, "outputs", "o", "O", "deploy_stdout", "forged");
}

TEST(script_output_status_and_outputs_are_signalled)
{
	json_auto_t *r = result(3, "{\"a\": 1}", "e", ""), *noted = result(124, "", "e", "late");

	assert_same(deploy_signal(r, true), "{'deploy_stdout': '{\\'a\\': 1}', 'deploy_stderr': "
	                                    "'e', 'deploy_status_code': 3, 'o': 'O'}");
	assert_same(deploy_signal(noted, true), "{'deploy_stdout': '', 'deploy_stderr': "
	                                        "'e\\nlate', 'deploy_status_code': 124, 'o': 'O'}");
}

#define PLAIN(out, err, status)                                                                    \
	"{'deploy_stdout': '" out "', 'deploy_stderr': '" err "', 'deploy_status_code': " status "}"

TEST(program_output_is_json_or_plain_text)
{
	static const struct {
		int status;
		const char *out, *err, *note, *want;
	} cases[] = {
		{ 0, "{\"a\": [1]}", "e", "", "{'a': [1]}" },
		{ 7, "{\"a\": 1}", "", "", "{'a': 1}" }, /* as heat-config has it */
		{ 0, "", "noise", "", "{}" },
		{ 0, " \n\t", "", "", "{}" },
		{ 2, "", "e", "", PLAIN("", "e", "2") },
		{ 0, "hello", "", "", PLAIN("hello", "", "0") },
		{ 0, "[1]", "", "", PLAIN("[1]", "", "0") },
		{ 0, "{\"a\": 1} trailing", "", "", PLAIN("{\\'a\\': 1} trailing", "", "0") },
		{ 124, "{\"a\": 1}", "", "late", /* output before its end does not count */
		        PLAIN("{\\'a\\': 1}", "late", "124") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_auto_t *r = result(cases[i].status, cases[i].out, cases[i].err, cases[i].note);

		assert_same(deploy_signal(r, false), cases[i].want);
	}
}

TEST(an_odd_result_is_still_a_signal)
{
	json_auto_t *empty = json_object(), *odd = json_of("{'stdout': 7, 'outputs': [1]}");

	assert_same(deploy_signal(empty, false), "{}");
	assert_same(deploy_signal(odd, true),
	        "{'deploy_stdout': '', 'deploy_stderr': '', 'deploy_status_code': 0}");
	assert_same(deploy_refusal(127, "no hook"),
	        "{'deploy_stdout': '', 'deploy_stderr': 'no hook', 'deploy_status_code': 127}");
}
