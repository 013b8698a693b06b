/* SPDX-License-Identifier: Apache-2.0 */
/* conf_source.c - [source NAME] of every type, and mistakes in them. */
#define TEST_SETUP    guest_open
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <errno.h>
#include <stdio.h>

#include "agent/conf/conf.h"
#include "tests/unit/lib/guest.h"

static char said[8192]; /* all that was reported, a line each */
static struct conf cf;

static void say(struct conf_report *r, bool error, const char *line)
{
	size_t n = strlen(said);

	(void)r;
	(void)snprintf(said + n, sizeof(said) - n, "%s%s\n", error ? "error: " : "", line);
}

static int load(void)
{
	struct conf_report rep = { .say = say };

	*said = '\0';
	conf_free(&cf);
	return conf_load(&cf, CONF_DAEMON, NULL, &rep);
}

FIXTURE(teardown)
{
	conf_free(&cf);
	return guest_close(state);
}

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

		(void)snprintf(got + n, sizeof(got) - n, "%s%s:%s %s", i ? ", " : "",
		        kind_names[s->kind], s->name, s->resource);
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
	assert_non_null(strstr(said, "its name is too long"));
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
