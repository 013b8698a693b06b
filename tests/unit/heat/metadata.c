/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.c - answers of several sources become one resource's metadata, in memory and on disk. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/base/log.h"
#include "agent/store/jsonfile.h"
#include "heat/source/metadata.h"
#include "tests/unit/lib/guest.h"

static struct source sources[3];
static struct conf conf = { .interval_s = 60, .timeout_s = 1, .source = sources };
static struct loop loop;
static struct http http;
static struct keystone keystone;
static struct metadata m;
static unsigned evict; /* so many other resources become known while an answer is taken */
static struct {
	json_t *now, *old;
	char physical_id[256];
	bool gone, changed;
	int rc;
} seen;

static int note_update(struct metadata *md, const struct metadata_update *u)
{
	json_decref(seen.now);
	json_decref(seen.old);
	for (unsigned i = 0; i < evict; i++) {
		char resource[16];

		(void)snprintf(resource, sizeof(resource), "other%u", i);
		json_decref(md->polls.recall(&md->polls, resource));
	}
	seen.now = json_incref(u->now.metadata);
	seen.old = json_incref(u->old.metadata);
	STR_COPY(seen.physical_id, u->now.physical_id);
	seen.gone = u->gone;
	seen.changed = u->changed;
	seen.rc = metadata_store(md, u);
	return seen.rc;
}

static void start(void)
{
	m = (struct metadata){ .received = note_update };
	metadata_open(&m, &loop, &http, &keystone);
	polls_conf(&m.polls, &conf, false);
}

FIXTURE(setup)
{
	log_open(LOG_EMERG);
	evict = 0;
	memset(sources, 0, sizeof(sources));
	conf.source_count = 0;
	if (guest_open(state) < 0 || loop_open(&loop) < 0 || http_open(&http, &loop) < 0)
		return -1;
	keystone_open(&keystone, &http);
	return 0;
}

FIXTURE(teardown)
{
	metadata_close(&m);
	json_decref(seen.now);
	json_decref(seen.old);
	seen.now = seen.old = NULL;
	keystone_close(&keystone);
	http_close(&http);
	loop_close(&loop);
	return guest_close(state);
}

static void declare(enum source_kind kind, const char *name)
{
	struct source *s = &sources[conf.source_count++];

	s->kind = kind;
	STR_COPY(s->name, name);
	STR_COPY(s->resource, "Srv");
}

/* Source i answers with this metadata, as a transport delivers it. */
static void answer(unsigned i, const char *text, const char *physical_id)
{
	struct poll_source *s = polls_find(&m.polls, &sources[i]);

	assert_non_null(s);
	json_decref(s->doc);
	s->doc = text ? json_loads(text, 0, NULL) : NULL;
	STR_COPY(s->physical_id, physical_id);
	(void)m.polls.got(&m.polls, s, !text);
}

static void assert_json(const json_t *v, const char *text)
{
	json_auto_t *expected = text ? json_loads(text, 0, NULL) : NULL;

	assert_true(v == expected || json_equal(v, expected));
}

TEST(later_source_wins_a_key)
{
	declare(SOURCE_CFN, "one");
	declare(SOURCE_LOCAL, "two");
	start();
	answer(1, "{\"a\": 2}", "");
	assert_json(seen.now, "{\"a\": 2}");
	assert_true(seen.changed);
	answer(0, "{\"a\": 1, \"b\": 1}", "id");
	assert_json(seen.old, "{\"a\": 2}");
	assert_json(seen.now, "{\"a\": 2, \"b\": 1}");
	answer(0, "{\"a\": 3, \"b\": 1}", "id");
	assert_json(seen.now, "{\"a\": 2, \"b\": 1}");
	assert_false(seen.changed);
}

TEST(silent_source_counts_with_its_last_answer)
{
	declare(SOURCE_CFN, "one");
	declare(SOURCE_LOCAL, "two");
	start();
	answer(0, "{\"a\": 1}", "id");
	answer(1, "{\"b\": 2}", "");
	metadata_close(&m);
	start();
	answer(0, "{\"a\": 1}", "id");
	assert_json(seen.old, "{\"a\": 1, \"b\": 2}");
	assert_json(seen.now, "{\"a\": 1, \"b\": 2}");
	assert_false(seen.changed);
}

TEST(initial_metadata_counts_while_nothing_is_known)
{
	declare(SOURCE_HEAT_LOCAL, "first");
	declare(SOURCE_CFN, "one");
	declare(SOURCE_EC2, "ec2");
	start();
	answer(2, "{\"e\": 1}", "i-1"); /* not the resource's metadata */
	assert_json(seen.now, NULL);
	answer(2, NULL, "i-1");
	assert_false(seen.gone);
	answer(0, "{\"i\": 1}", "");
	assert_json(seen.now, "{\"i\": 1}");
	answer(1, "{\"a\": 1}", "id");
	assert_json(seen.now, "{\"a\": 1}");
	answer(0, "{\"i\": 2}", "");
	assert_json(seen.now, NULL);
	answer(1, NULL, "id");
	assert_json(seen.now, NULL);
	assert_true(seen.gone);
	assert_json(seen.old, "{\"a\": 1}"); /* stays known */
}

TEST(identity_is_that_of_the_cfn_api)
{
	declare(SOURCE_CFN, "one");
	declare(SOURCE_LOCAL, "two");
	start();
	answer(1, "{\"b\": 1}", "substitute");
	assert_string_equal(seen.physical_id, "substitute");
	answer(0, "{\"a\": 1}", "id");
	assert_string_equal(seen.physical_id, "id");
	answer(1, "{\"b\": 2}", "substitute");
	assert_string_equal(seen.physical_id, "id");
	answer(0, "{\"a\": 1}", "rebuilt");
	assert_string_equal(seen.physical_id, "rebuilt");
	assert_true(seen.changed);
}

TEST(failed_write_is_repeated_with_the_next_answer)
{
	static const char last[] = "/var/cache/heat-cfntools/last_metadata";

	declare(SOURCE_CFN, "one");
	start();
	guest_put("/var/cache", "a file where a folder should be");
	answer(0, "{\"a\": 1}", "id");
	assert_true(seen.rc < 0);
	answer(0, "{\"a\": 1}", "id");
	assert_false(seen.changed);
	assert_true(seen.rc < 0);
	assert_int_equal(path_remove("/var/cache"), 0);
	answer(0, "{\"a\": 1}", "id");
	assert_int_equal(seen.rc, 0);
	assert_true(path_exists(last));
	assert_int_equal(path_remove(last), 0);
	answer(0, "{\"a\": 1}", "id"); /* unchanged and saved: not written again */
	assert_false(path_exists(last));
}

TEST(entry_may_be_dropped_while_its_answer_is_taken)
{
	declare(SOURCE_CFN, "one");
	start();
	answer(0, "{\"a\": 1}", "id");
	evict = POLL_MAX;
	answer(0, "{\"a\": 2}", "id");
	assert_json(seen.old, "{\"a\": 1}");
	evict = 0;
	answer(0, "{\"a\": 2}", "id");
	assert_json(seen.old, "{\"a\": 2}");
	assert_false(seen.changed);
}
