/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - paths below a root, files of our own, the spool, budgets, caches: what must outlive us. */
#define TEST_SETUP    guest_open
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <dirent.h>
#include <fcntl.h>

#include "agent/base/clean.h"
#include "agent/store/jsonfile.h"
#include "agent/store/rate_limit.h"
#include "agent/store/spool.h"
#include "heat/source/metadata_cache.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/json.h"

static struct spool spool;

FIXTURE(teardown)
{
	spool_close(&spool);
	spool = (struct spool){ 0 };
	return guest_close(state);
}

static void open_spool(void)
{
	assert_int_equal(spool_open(&spool, "/spool"), 0);
}

static unsigned entries(const char *path)
{
	DIR *d = opendir(guest_path(path));
	unsigned n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

TEST(sysroot_is_absolute_and_slashes_do_not_count)
{
	char full[PATH_MAX];

	assert_int_equal(path_set_root("relative"), -EINVAL);
	assert_int_equal(path_set_root("/x//"), 0);
	assert_int_equal(path_full(full, "/etc"), 0);
	assert_string_equal(full, "/x/etc");
	assert_int_equal(path_set_root("/"), 0);
	assert_int_equal(path_full(full, "/etc"), 0);
	assert_string_equal(full, "/etc");
}

TEST(file_is_written_whole_and_private)
{
	guest_put("/d/f", "one");
	assert_int_equal(path_write("/d/f", "second", 6), 0);
	assert_string_equal(guest_text("/d/f"), "second");
	assert_int_equal(guest_mode("/d/f") & 0777, 0600);
	assert_int_equal(guest_mode("/d") & 0777, 0700);
	assert_int_equal(entries("/d"), 1);
	assert_int_equal(path_write("/nowhere/f", "x", 1), -ENOENT);
}

TEST(oversized_or_special_file_is_not_read)
{
	char *text = NULL;
	size_t n;

	guest_put("/f", "0123456789");
	assert_int_equal(path_read("/f", 9, &text, &n), -EFBIG);
	assert_int_equal(path_read("/none", 9, &text, &n), -ENOENT);
	assert_int_equal(path_mkdir("/d"), 0);
	assert_int_equal(path_read("/d", 9, &text, &n), -EISDIR);
	assert_int_equal(mkfifo(guest_path("/fifo"), 0600), 0);
	assert_int_equal(
	        path_read("/fifo", 9, &text, &n), -EINVAL); /* and does not wait for a writer */
	assert_null(text);
}

TEST(corrupt_json_is_kept_aside)
{
	json_t *j = NULL;

	guest_put("/a", "{half");
	assert_int_equal(jsonfile_read("/a", &j), -EBADMSG);
	assert_true(path_exists("/a.corrupt"));
	assert_int_equal(jsonfile_read("/a", &j), -ENOENT);
}

TEST(file_that_others_may_have_written_is_rejected)
{
	json_t *j = NULL;

	guest_put("/open", "{}");
	assert_int_equal(chmod(guest_path("/open"), 0620), 0);
	assert_int_equal(jsonfile_read("/open", &j), -EBADMSG);
	assert_true(path_exists("/open.corrupt"));
	guest_put("/there", "{}");
	assert_int_equal(symlink(guest_path("/there"), guest_path("/link")), 0);
	assert_int_equal(jsonfile_read("/link", &j), -EBADMSG);
	assert_true(path_exists("/there")); /* the link is kept aside, not its target */
	assert_null(j);
}

TEST(a_folder_is_made_private_and_that_is_told_once)
{
	assert_int_equal(path_private("/d"), -ENOENT);
	assert_int_equal(path_mkdir("/d"), 0);
	assert_int_equal(path_private("/d"), 0);
	assert_int_equal(chmod(guest_path("/d"), 0777), 0);
	assert_int_equal(path_private("/d"), 1);
	assert_int_equal(guest_mode("/d") & 0777, 0700);
	assert_int_equal(path_private("/d"), 0);
}

TEST(a_number_near_the_end_leaves_room_for_more)
{
	guest_put("/spool/ffffffffffffffff.json", "{\"body\": {}}");
	open_spool();
	assert_non_null(spool_add(&spool, json_object(), 0));
	assert_int_equal(spool_count(&spool), 1);
}

TEST(spool_keeps_entries_in_order_over_a_restart)
{
	struct spool_entry *e;

	open_spool();
	for (int i = 0; i < 5; i++)
		assert_non_null(spool_add(&spool, json_pack("{si}", "n", i), 1000 + i));
	e = spool_next(&spool, spool_next(&spool, NULL));
	e->attempts = 7;
	spool_save(&spool, e);
	spool_remove(&spool, spool_next(&spool, NULL));
	spool_close(&spool);
	open_spool();
	assert_int_equal(spool_count(&spool), 4);
	e = spool_next(&spool, NULL);
	assert_int_equal(json_integer_value(json_object_get(e->body, "n")), 1);
	assert_int_equal(e->attempts, 7);
	assert_int_equal(e->created, 1001);
	/* A new one is later than all that were. */
	e = spool_add(&spool, json_pack("{si}", "n", 9), 0);
	assert_int_equal(e->id, 6);
}

TEST(a_full_spool_refuses_and_counts)
{
	open_spool();
	for (int i = 0; i < SPOOL_MAX; i++)
		assert_non_null(spool_add(&spool, json_object(), 0));
	assert_null(spool_add(&spool, json_object(), 0));
	assert_int_equal(spool.refused, 1);
	assert_int_equal(entries("/spool"), SPOOL_MAX);
}

TEST(a_spool_survives_files_that_are_no_entries)
{
	guest_put("/spool/0000000000000003.json", "{half");
	guest_put("/spool/0000000000000004.json", "{\"body\": 5}");
	guest_put("/spool/readme", "x");
	guest_put("/spool/0000000000000005.json", "{\"body\": {\"n\": 1}, \"attempts\": -5}");
	open_spool();
	assert_int_equal(spool_count(&spool), 1);
	assert_int_equal(spool.corrupt, 2);
	assert_true(path_exists("/spool/0000000000000003.json.corrupt"));
}

TEST(spool_without_a_disk_works_in_memory)
{
	guest_put("/spool", "a file where the folder should be");
	assert_true(spool_open(&spool, "/spool") < 0);
	assert_non_null(spool_add(&spool, json_object(), 0));
	assert_true(spool.error < 0);
	assert_int_equal(spool_count(&spool), 1);
}

TEST(a_budget_saves_up_to_an_hours_worth)
{
	struct rate_limit b = { 0 };
	uint64_t wait = 0;

	for (int i = 0; i < 4; i++)
		assert_true(budget_take(&b, 4, 1000, &wait));
	assert_false(budget_take(&b, 4, 1000, &wait));
	assert_in_range(wait, 899000, 900001); /* a quarter of an hour */
	assert_true(budget_take(&b, 4, 1000 + wait, &wait));
	for (int i = 0; i < 4; i++)
		assert_true(budget_take(&b, 4, 86400000, &wait));
	assert_false(budget_take(&b, 4, 86400000, &wait));
	assert_false(budget_take(&b, 4, 5, &wait)); /* a clock that goes back gives nothing */
	assert_false(budget_take(&b, 0, 86400000, &wait));
}

TEST(a_restart_is_no_way_around_a_budget)
{
	static struct rate_limits s;
	uint64_t wait;

	rate_limits_open(&s, "/b.json", 1000);
	assert_true(rate_limits_take(&s, "a", 2, 1000, &wait));
	assert_true(rate_limits_take(&s, "a", 2, 1000, &wait));
	assert_true(rate_limits_take(&s, "b", 2, 1000, &wait));
	rate_limits_open(&s, "/b.json", 50);
	assert_false(rate_limits_take(&s, "a", 2, 50, &wait));
	assert_true(rate_limits_take(&s, "b", 2, 50, &wait));
	assert_false(rate_limits_take(&s, "b", 2, 50, &wait));
}

#define LAST "/var/cache/heat-cfntools/last_metadata"

/* Checks which file the metadata of resource S comes from. */
static void assert_cached(bool alone, const char *want)
{
	struct metadata_cache c;
	const char *from;

	metadata_cache_read(&c, "S", alone, &from);
	assert_at(c.metadata, "from", want);
	json_decref(c.metadata);
}

TEST(last_known_metadata_is_found_in_its_place)
{
	guest_put("/var/lib/heat-cfntools/cfn-init-data", "{\"from\": \"init\"}");
	assert_cached(true, "init");
	guest_put(LAST, "{\"from\": \"last\"}");
	assert_cached(true, "last");
	assert_cached(false, "init"); /* with two resources it may be the other's */
	guest_put(LAST "_S", "{\"from\": \"own\"}");
	assert_cached(false, "own");
}

TEST(metadata_is_written_as_the_reference_does)
{
	json_auto_t *m = json_pack("{ss}", "a", "\xc3\xaf");
	struct metadata_cache c;
	const char *from;

	assert_int_equal(metadata_cache_write("S", m, "id-9"), 0);
	metadata_cache_read(&c, "S", false, &from);
	assert_true(json_equal(c.metadata, m));
	assert_string_equal(c.physical_id, "id-9");
	json_decref(c.metadata);
	assert_string_equal(guest_text(LAST "_S"), "{\"a\": \"\\u00EF\"}"); /* ASCII */
	assert_int_equal(guest_mode(LAST) & 0777, 0600);
	assert_int_equal(guest_mode("/var/cache/heat-cfntools") & 0777, 0700);
}

TEST(resource_named_like_a_path_writes_nowhere_else)
{
	json_auto_t *m = json_object();

	assert_int_equal(path_mkdir("/var/cache/heat-cfntools/last_metadata_x"), 0);
	assert_int_equal(metadata_cache_write("x/../../../../evil", m, ""), 0);
	assert_false(path_exists("/evil"));
	assert_false(path_exists("/var/evil"));
}
