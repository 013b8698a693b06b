/* SPDX-License-Identifier: Apache-2.0 */
/* conf_source.c - [source NAME] of every type, mistakes in them, and the choice among several sources. */
#define TEST_SETUP    guest_open
#define TEST_TEARDOWN conf_rig_close
#include "tests/unit/lib/test.h"

#include <stdio.h>

#include "tests/unit/lib/conf_rig.h"

static const char *const kind_names[] = { [SOURCE_CFN] = "cfn",
	[SOURCE_HEAT] = "heat",
	[SOURCE_REQUEST] = "request",
	[SOURCE_ZAQAR] = "zaqar",
	[SOURCE_LOCAL] = "local",
	[SOURCE_HEAT_LOCAL] = "heat-local",
	[SOURCE_EC2] = "ec2" };

/* Lists the sources in order: "KIND:NAME RESOURCE" with commas, and the own resource. */
static void assert_polled_by(const struct conf *by, const char *own, const char *want)
{
	char got[2048] = "";

	for (unsigned i = 0; i < by->source_count; i++) {
		const struct source *s = &by->source[i];
		size_t n = strlen(got);

		(void)snprintf(got + n, sizeof(got) - n, "%s%s%s:%s %s", i ? ", " : "",
		        s->standby ? "standby " : "", kind_names[s->kind], s->name, s->resource);
	}
	assert_string_equal(got, want);
	assert_string_equal(by->own, own);
}

static void assert_polled(const char *own, const char *want)
{
	assert_int_equal(load(), 0);
	assert_polled_by(&cf, own, want);
}

static void own_file(const char *text)
{
	guest_put("/etc/prehup/prehup.conf", text);
}

#define USER "auth-url = http://k/v3\nuser-id = u\npassword = p%w\nproject-id = p\n"

TEST(a_source_of_every_type_is_taken_with_all_it_says)
{
	own_file(
	        "[heat]\nresource = Me\n"
	        "[source a]\ntype = cfn\nurl = http://c/v1/\nstack = s\nresource = R\naccess-key = "
	        "ak\nsecret-key = s%k\n"
	        "[source b]\ntype = heat\nstack = s/u\nresource = H\n" USER "region = R1\n"
	        "[source c]\ntype = heat\nstack = s/u\nresource = H2\nauth-url = http://k/v3\n"
	        "application-credential-id = i\napplication-credential-secret = x\n"
	        "[source d]\ntype = request\nurl = http://swift/o?temp_url_sig=1&x=%20\n"
	        "[source e]\ntype = zaqar\nqueue = q\n" USER "[source f]\ntype = local\n"
	        "[source g]\ntype = local\npath = /my\n[source h]\ntype = heat-local\n"
	        "[source i]\ntype = ec2\nurl = http://ec2/\n");
	assert_polled("Me", "cfn:a R, heat:b H, heat:c H2, request:d Me, zaqar:e Me, local:f Me, "
	                    "local:g Me, heat-local:h Me, ec2:i Me");
	assert_string_equal(said, "");
	assert_string_equal(cf.source[0].secret_key, "s%k");
	assert_string_equal(cf.source[1].user.password, "p%w");
	assert_string_equal(cf.source[1].user.region, "R1");
	assert_string_equal(cf.source[2].user.app_secret, "x");
	assert_string_equal(cf.source[3].url, "http://swift/o?temp_url_sig=1&x=%20");
	assert_string_equal(cf.source[4].queue, "q");
	assert_string_equal(cf.source[5].url, "/var/lib/os-collect-config/local-data");
	assert_string_equal(cf.source[6].url, "/my");
	assert_string_equal(cf.source[7].url, "/var/lib/heat-cfntools/cfn-init-data");
}

TEST(a_mistake_in_one_names_the_place_and_the_key)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "url = http://h/\n", "type \"\" is none of: cfn heat" },
		{ "type = swift\n", "type \"swift\" is none of" },
		{ "type = request\n", "no url" },
		{ "type = heat\nresource = r\n" USER, "no stack (as NAME/UUID)" },
		{ "type = heat\nstack = s\nresource = r\n" USER, "no stack (as NAME/UUID)" },
		{ "type = heat\nstack = s/u\n" USER, "no resource" },
		{ "type = heat\nstack = s/u\nresource = r\nuser-id = u\n", "no auth-url" },
		{ "type = heat\nstack = s/u\nresource = r\nauth-url = k\nuser-id = u\n",
		        "no user-id, password and project-id" },
		{ "type = zaqar\n" USER, "no queue" },
		{ "type = zaqar\nqueue = q\n", "no auth-url" },
		{ "type = zaqar\nqueue = q\nauth-url = k\napplication-credential-id = i\n",
		        "no user-id, password and project-id" },
		{ "type = local\npassw0rd = x\n", "passw0rd: no such key" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[1024];

		(void)snprintf(text, sizeof(text), "[source x]\n%s", cases[i].text);
		own_file(text);
		if (load() == 0 || !strstr(said, cases[i].says) ||
		        !strstr(said, "/etc/prehup/prehup.conf:"))
			fail_msg("%s: %s", cases[i].text, said);
		assert_null(strstr(said, "p%w"));
	}
}

TEST(overlong_or_surplus_values_are_refused_uncut)
{
	static const char *const keys[] = { "stack", "resource", "access-key", "secret-key",
		"auth-url", "user-id", "password", "project-id", "region", "queue",
		"application-credential-id", "application-credential-secret" };
	char text[8192], says[64];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		(void)snprintf(
		        text, sizeof(text), "[source x]\ntype = local\n%s = %0256d\n", keys[i], 1);
		own_file(text);
		(void)snprintf(says, sizeof(says), "%s is too long", keys[i]);
		if (load() == 0 || !strstr(said, says))
			fail_msg("%s: %s", keys[i], said);
	}
	(void)snprintf(text, sizeof(text), "[source x]\ntype = request\nurl = http://%02048d\n", 1);
	own_file(text);
	assert_int_not_equal(load(), 0);
	(void)snprintf(text, sizeof(text), "[source %064d]\ntype = local\n", 1);
	own_file(text);
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(said, "the name is too long"));
	*text = '\0';
	for (int i = 0; i <= SOURCE_MAX; i++) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof(text) - n, "[source s%d]\ntype = local\n", i);
		own_file(text);
		if (i < SOURCE_MAX)
			assert_int_equal(load(), 0);
	}
	assert_int_not_equal(load(), 0);
	assert_non_null(strstr(said, "[source s16]: more than 16 sources"));
}

#define HOOK(res) "[h" res "]\ntriggers=post.update\npath=Resources." res ".Metadata\naction=a\n"

static void cfn_hups_files(const char *hooks)
{
	guest_put("/etc/cfn/cfn-hup.conf", "[main]\nstack=st\ncredential-file=/etc/cfn/cred\n");
	guest_put("/etc/cfn/hooks.conf", hooks);
	guest_put("/etc/cfn/cred", "AWSAccessKeyId=ak\nAWSSecretKey=sk\n");
	guest_put("/var/lib/heat-cfntools/cfn-metadata-server", "http://h:8000/v1/");
}

static void occ_file(const char *text)
{
	guest_put("/etc/os-collect-config.conf", text);
}

#define OCC_CFN                                                                                    \
	"[cfn]\nmetadata_url = http://o/v1/\nstack_name = os\naccess_key_id = oak\n"               \
	"secret_access_key = osk\npath = Srv.Metadata\n"
#define OCC_HEAT                                                                                   \
	"[heat]\nauth_url = http://k/v3\nuser_id = u\npassword = w\nproject_id = p\n"              \
	"stack_id = s/u\nresource_name = Srv\n"
#define OCC_ZAQAR                                                                                  \
	"[zaqar]\nauth_url = http://k/v3\nuser_id = u\npassword = w\nproject_id = p\nqueue_id = "  \
	"q\n"

TEST(cfn_hup_files_alone_poll_each_resource_of_hooks)
{
	cfn_hups_files(
	        HOOK("A") HOOK("B") "[again]\ntriggers=post.update\npath=Resources.A\naction=b\n");
	assert_polled("A", "cfn:cfn A, cfn:cfn B");
	assert_string_equal(cf.source[1].url, "http://h:8000/v1/");
	assert_string_equal(cf.source[1].access_key, "ak");
	own_file("[heat]\nresource = Me\n");
	assert_polled("Me", "cfn:cfn Me, cfn:cfn A, cfn:cfn B");
	/* Initial metadata without a transport is no source. */
	guest_put("/var/lib/heat-cfntools/cfn-init-data", "{\"a\": 1}");
	assert_polled("Me", "cfn:cfn Me, cfn:cfn A, cfn:cfn B");
}

TEST(os_collect_config_file_alone_names_sources)
{
	occ_file(OCC_CFN);
	assert_polled("Srv", "cfn:cfn Srv");
	assert_string_equal(cf.source[0].access_key, "oak");
	occ_file(OCC_HEAT OCC_ZAQAR "[request]\nmetadata_url = http://swift/o\n");
	assert_polled("Srv", "heat:heat Srv, request:request Srv, zaqar:zaqar Srv");
	occ_file("[DEFAULT]\ncollectors = zaqar\ncollectors = heat\n" OCC_HEAT OCC_ZAQAR);
	assert_polled("Srv", "zaqar:zaqar Srv, heat:heat Srv");
	occ_file(OCC_ZAQAR); /* which cannot know its own name */
	assert_polled("server", "zaqar:zaqar server");
	occ_file("[DEFAULT]\ncollectors = heat\ncollectors = nonsense\n");
	assert_polled("", "");
	occ_file(OCC_HEAT);
	own_file("[heat]\nresource = Other\n");
	assert_polled("Other", "heat:heat Srv");
}

TEST(initial_metadata_is_added_ec2_only_for_a_command)
{
	guest_put("/var/lib/heat-cfntools/cfn-init-data", "{}");
	occ_file("[DEFAULT]\ncollectors = ec2\ncollectors = heat\n" OCC_HEAT);
	assert_polled("Srv", "heat:heat Srv, heat-local:heat_local Srv");
	occ_file("[DEFAULT]\ncommand = c\ncollectors = ec2\ncollectors = heat\n" OCC_HEAT);
	assert_polled("Srv", "ec2:ec2 Srv, heat:heat Srv, heat-local:heat_local Srv");
	occ_file("[DEFAULT]\ncollectors = heat_local\ncollectors = heat\n" OCC_HEAT);
	assert_polled("Srv", "heat-local:heat_local Srv, heat:heat Srv");
}

TEST(both_files_poll_other_resources_with_cfn_hup_keys)
{
	cfn_hups_files(HOOK("Srv") HOOK("Db"));
	occ_file(OCC_HEAT);
	assert_polled("Srv", "heat:heat Srv, cfn:cfn Db");
	assert_string_equal(cf.source[1].access_key, "ak");
	/* Without such keys there is no source. */
	guest_put("/etc/cfn/cfn-hup.conf", "[main]\nstack=st\n");
	assert_polled("Srv", "heat:heat Srv");
}

TEST(local_sources_do_not_replace_heat)
{
	/* an image's os-collect-config.conf, which names no transport yet */
	cfn_hups_files(HOOK("Srv"));
	guest_put("/var/lib/heat-cfntools/cfn-init-data", "{}");
	guest_put("/var/lib/os-collect-config/local-data/x", "{}");
	occ_file("[DEFAULT]\ncommand = os-refresh-config\n");
	assert_polled(
	        "Srv", "heat-local:heat_local Srv, ec2:ec2 Srv, local:local Srv, cfn:cfn Srv");
}

TEST(given_sources_are_the_only_ones_for_resources)
{
	occ_file(OCC_HEAT);
	own_file("[source r]\ntype = request\nurl = http://swift/o\n");
	assert_polled("server", "request:r server");
	cfn_hups_files(HOOK("A") HOOK("B"));
	assert_polled("A", "request:r A, cfn:cfn B");
	/* One that may speak for all does so, with its own keys. */
	own_file("[source c]\ntype = cfn\nurl = http://c/v1/\nstack = s\naccess-key = "
	         "x\nsecret-key = "
	         "y\n[source b]\ntype = local\nresource = B\n");
	assert_polled("B", "local:b B, cfn:c A");
	assert_string_equal(cf.source[1].access_key, "x");
}

TEST(a_metadata_file_stands_for_heat)
{
	cfn_hups_files(HOOK("A") HOOK("B"));
	own_file("[heat]\nmetadata-file = /m.json\n");
	assert_polled("A", "local:local A, local:local B");
	assert_string_equal(cf.source[0].url, "/m.json");
	guest_put("/etc/cfn/hooks.conf", "");
	assert_polled("local", "local:local local");
	/* Also for the one that os-collect-config would ask. */
	occ_file(OCC_HEAT);
	assert_polled("local", "local:local local");
	assert_int_equal(conf_sources(&cf, cf.occ), 0);
	assert_polled_by(&cf, "local", "local:local local");
}

TEST(heats_word_of_another_transport_is_followed)
{
	json_auto_t *follow = json_loads(
	        "{\"collectors\": [\"ec2\", \"zaqar\", \"local\"], \"heat\": {\"auth_url\": null, "
	        "\"user_id\": null, \"password\": null, \"project_id\": null, \"stack_id\": null, "
	        "\"resource_name\": null}, \"zaqar\": {\"auth_url\": \"http://k\", \"user_id\": "
	        "\"u\", \"password\": \"w\", \"project_id\": \"p\", \"queue_id\": \"q\"}}",
	        0, NULL);
	json_auto_t *half = json_loads("{\"collectors\": [\"zaqar\"]}", 0, NULL);
	json_auto_t *nothing = json_loads("{\"heat\": null}", 0, NULL), *odd = json_array();

	occ_file("[request]\nmetadata_url = http://swift/o\n");
	assert_polled("server", "request:request server");
	*cf.own = '\0'; /* as in a new configuration */
	assert_int_equal(conf_sources(&cf, half), 0);
	assert_polled_by(&cf, "server", "standby request:request server");
	occ_file("[DEFAULT]\ncollectors = heat\n" OCC_HEAT);
	own_file("[heat]\nresource = Srv\n");
	assert_polled("Srv", "heat:heat Srv");
	assert_int_equal(conf_sources(&cf, follow), 0);
	assert_polled_by(&cf, "Srv", "zaqar:zaqar Srv, standby heat:heat Srv");
	assert_int_equal(conf_sources(&cf, nothing), 0);
	assert_polled_by(
	        &cf, "Srv", "cfn:cfn Srv, standby heat:heat Srv"); /* when there are keys */
	assert_int_equal(conf_sources(&cf, odd), 0);
	assert_polled_by(&cf, "Srv", "heat:heat Srv");
	assert_int_equal(conf_sources(&cf, NULL), 0);
	assert_polled_by(&cf, "Srv", "heat:heat Srv");
}
