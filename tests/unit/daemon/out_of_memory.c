/* SPDX-License-Identifier: Apache-2.0 */
/* out_of_memory.c - every allocation fails once: nothing crashes, and what cannot be done is said. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN guest_close
#include "tests/unit/lib/test.h"

#include "agent/base/log.h"
#include "agent/conf/conf.h"
#include "agent/conf/ini.h"
#include "agent/store/spool.h"
#include "heat/api/cfn.h"
#include "heat/signal/signals.h"
#include "heat/source/metadata_cache.h"
#include "tests/unit/lib/guest.h"

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static long fail_at = -1; /* allocations to go until one fails; < 0: never */

static int fails(void)
{
	return fail_at >= 0 && fail_at-- == 0;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
	return fails() ? NULL : __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}

/* Runs `once` with the first, second, ... allocation failing, until none is left to fail. */
static void torture(int (*once)(void), long enough)
{
	for (long n = 0;; n++) {
		bool all_given;

		fail_at = n;
		(void)once();
		all_given = fail_at >= 0;
		fail_at = -1;
		if (all_given) {
			assert_int_equal(once(), 0);
			return;
		}
		assert_true(n < enough);
	}
}

FIXTURE(setup)
{
	int r = guest_open(state);

	log_open(LOG_EMERG);
	guest_put("/etc/cfn/cfn-hup.conf", "[main]\nstack=s\ncredential-file=/etc/cfn/cred\n");
	guest_put("/etc/cfn/cred", "AWSAccessKeyId=a\nAWSSecretKey=b\n");
	guest_put("/etc/cfn/hooks.conf", "[DEFAULT]\nrunas=root\n[h]\ntriggers=post.update\n"
	                                 "path=Resources.S.Metadata.a.b\naction=%(runas)s %% x\n");
	guest_put("/etc/cfn/hooks.d/x", "[i]\ntriggers=post.add\npath=Resources.S\naction=a\n");
	guest_put("/var/lib/heat-cfntools/cfn-boto-cfg", "[Boto]\nproxy=p\nproxy_user=u\n");
	guest_put("/etc/prehup/prehup.conf", "[predict]\nraise = 0.9\n[signal "
	                                     "s]\ntype=workflow\nurl=http://h/\ninput={\"a\":1}\n");
	return r;
}

static int load(void)
{
	struct conf_report rep = { 0 };
	struct conf cf;
	int r = conf_load(&cf, CONF_DAEMON, NULL, &rep);

	if (r == 0)
		conf_free(&cf);
	return r;
}

TEST(the_configuration_survives)
{
	torture(load, 5000);
}

static struct conf base;
static json_t *prehup;

static int overlay(void)
{
	char err[CONF_ERR] = "";
	struct conf cf;
	int r = conf_overlay(&cf, &base, prehup, NULL, err);

	if (r == 0)
		conf_free(&cf);
	else
		assert_true(*err);
	return r;
}

TEST(settings_from_metadata_survive)
{
	struct conf_report rep = { 0 };

	assert_int_equal(conf_load(&base, CONF_DAEMON, NULL, &rep), 0);
	prehup = json_loads(
	        "{\"predict\": {\"raise\": 0.95}, \"collect\": {\"collectors\": [\"memory\"]},"
	        "\"hooks\": {\"m\": {\"triggers\": [\"post.update\"], \"action\": \"a\"}},"
	        "\"signals\": {\"t\": {\"type\": \"workflow\", \"url\": \"http://h/\","
	        "\"input\": {\"a\": 1}}}}",
	        0, NULL);
	torture(overlay, 5000);
	json_decref(prehup);
	conf_free(&base);
}

static int answer(void)
{
	static const char body[] =
	        "{\"DescribeStackResourceResponse\":{\"DescribeStackResourceResult\":{"
	        "\"StackResourceDetail\":{\"Metadata\":\"{\\\"a\\\": [1, \\\"x\\\"]}\"}}}}";
	struct cfn_resource res = { 0 };
	char why[CFN_WHY];
	enum cfn_verdict v = cfn_parse(&res, 200, body, sizeof(body) - 1, why);

	if (v == CFN_OK)
		cfn_resource_clear(&res);
	else
		assert_true(*why);
	return (int)v;
}

TEST(an_answer_survives)
{
	torture(answer, 1000);
}

static int keep(void)
{
	static struct spool s;
	const struct event e = { .metric = "m", .instance = "i", .reason = "r" };
	struct target t = { .kind = TARGET_POLICY, .input_as = (char[]){ "" } };
	json_auto_t *m = json_pack("{si}", "a", 1);
	struct spool_entry *entry;
	struct metadata_cache c;
	const char *from;
	int r;

	(void)spool_open(&s, "/spool");
	entry = spool_add(&s, signal_body(&t, &e), 5);
	r = entry ? 0 : -1;
	if (entry)
		spool_remove(&s, entry);
	spool_close(&s);
	if (m && metadata_cache_write("S", m, "id") < 0)
		r = -1;
	metadata_cache_read(&c, "S", true, &from);
	json_decref(c.metadata);
	return m ? r : -1;
}

TEST(saved_state_survives)
{
	torture(keep, 2000);
}
