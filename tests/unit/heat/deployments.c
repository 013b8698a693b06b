/* SPDX-License-Identifier: Apache-2.0 */
/* deployments.c - a start after a crash, with a full disk, with a corrupt file. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/store/jsonfile.h"
#include "heat/deploy/deployments.c"
#include "tests/unit/lib/json.h"
#include "tests/unit/lib/signals_rig.h"

#define FOLDER  "/var/lib/prehup/deployments"
#define OTHERS  "/var/lib/heat-config/deployed"
#define SIGNALS "/var/lib/prehup/signals"

static struct deployments d;

FIXTURE(setup)
{
	conf.rerun_interrupted = false;
	return signals_setup(state);
}

FIXTURE(teardown)
{
	deployments_close(&d);
	return signals_teardown(state);
}

/* A deployment that is signalled to a closed port: it stays in the spool. */
static json_t *metadata(void)
{
	return json_of(
	        "{'deployments': [{'id': 'k', 'name': 'one', 'group': 'script', 'config': 'echo "
	        "x', "
	        "'inputs': [{'name': 'deploy_signal_id', 'value': 'http://127.0.0.1:9/x'}]}]}");
}

static void begin(void)
{
	json_auto_t *m = metadata();

	deployments_open(&d, &loop, &conf, &signals);
	deployments_on_metadata(&d, m);
}

static void put_running(void)
{
	json_auto_t *m = metadata();
	json_auto_t *rec = json_pack("{ss ss sO}", "state", "running", "name", "one", "item",
	        json_array_get(json_object_get(m, "deployments"), 0));

	assert_int_equal(path_mkdir(FOLDER), 0);
	assert_int_equal(jsonfile_write(FOLDER "/k.json", rec), 0);
	guest_put(OTHERS "/k.json", "{}"); /* written when it was started */
}

static void put_result(void)
{
	guest_put(FOLDER "/k.result", "{\"status\": 0, \"stdout\": \"it went well\"}");
}

/* Returns the signal in the spool; "" = none. */
static const char *told(void)
{
	const struct spool_entry *e = spool_next(&signals.spool, NULL);

	return e ? json_string_value(json_object_get(e->body, "text")) : "";
}

static const char *state_on_disk(void)
{
	static char ret[32];
	json_auto_t *rec = NULL;

	*ret = '\0';
	if (jsonfile_read(FOLDER "/k.json", &rec) == 0)
		(void)snprintf(ret, sizeof(ret), "%s", deploy_text(rec, "state"));
	return ret;
}

/* Nothing can be written there any more, not even by root. */
static void spoil(const char *folder)
{
	(void)rmdir(guest_path(folder));
	guest_put(folder, "a file");
}

static void unspoil(const char *folder)
{
	assert_int_equal(path_remove(folder), 0);
	assert_int_equal(path_mkdir(folder), 0);
}

TEST(deployment_ended_during_downtime_is_signalled)
{
	put_running();
	put_result();
	begin();
	assert_non_null(strstr(told(), "it went well"));
	assert_string_equal(state_on_disk(), "done");
	assert_false(path_exists(FOLDER "/k.result"));
}

TEST(corrupt_record_does_not_count_as_done_by_others)
{
	put_running();
	guest_put(FOLDER "/k.json", "{\"state\": \"runn");
	deployments_open(&d, &loop, &conf, &signals);
	deployments_close(&d); /* a second crash before Heat has been asked makes no difference */
	begin();
	assert_non_null(strstr(told(), "its result is not known"));
	assert_string_equal(state_on_disk(), "done");
	assert_int_equal(d.failed, 1);
}

TEST(existing_result_counts_with_a_corrupt_record)
{
	put_running();
	put_result();
	guest_put(FOLDER "/k.json", "");
	begin();
	assert_non_null(strstr(told(), "it went well"));
	assert_int_equal(d.failed, 0);
}

TEST(signalled_deployment_with_corrupt_record_stays_so)
{
	put_running();
	guest_put(OTHERS "/k.notify.json", "{}");
	guest_put(FOLDER "/k.json", "]");
	begin();
	assert_string_equal(told(), "");
	assert_string_equal(state_on_disk(), "done");
}

TEST(a_result_is_kept_until_its_signal_is_on_disk)
{
	put_running();
	put_result();
	spoil(SIGNALS);
	begin();
	assert_non_null(strstr(told(), "it went well")); /* in memory only */
	assert_string_equal(state_on_disk(), "running");
	assert_true(path_exists(FOLDER "/k.result"));
	assert_int_equal(d.done, 1);

	unspoil(SIGNALS);
	spool_save(&signals.spool, spool_next(&signals.spool, NULL));
	run_deployments(&d); /* the next poll */
	assert_string_equal(state_on_disk(), "done");
	assert_false(path_exists(FOLDER "/k.result"));
	assert_int_equal(d.done, 1);
}

TEST(queue_signal_fits_a_message)
{
	json_auto_t *item =
	        json_of("{'name': 'one', 'inputs': [{'name': 'deploy_queue_id', 'value': 'q'}, "
	                "{'name': 'deploy_auth_url', 'value': 'http://127.0.0.1:9/v3'}, {'name': "
	                "'deploy_user_id', 'value': 'u'}]}");
	char *out = malloc(400001);
	json_auto_t *result = NULL, *signal = NULL, *road = NULL;
	const char *text;
	bool silent;

	memcpy(fill_text(out, 400001, 'x') + 399990, "to its end", sizeof("to its end"));
	result = json_pack("{si ss}", "status", 3, "stdout", out);
	free(out);
	signal = deploy_signal(result, true);
	road = deploy_delivery(item, "k", signal, &silent);
	assert_string_equal(deploy_text(road, "way"), "zaqar");
	text = deploy_text(road, "text");
	assert_in_range(strlen(text), 200000, DEPLOY_MESSAGE_MAX);
	assert_non_null(strstr(text, "to its end"));
	assert_non_null(strstr(text, "\"deploy_status_code\":3"));
}

TEST(failed_restart_of_a_deployment_keeps_its_record)
{
	conf.rerun_interrupted = true;
	put_running();
	deployments_open(&d, &loop, &conf, &signals);
	assert_int_equal(path_remove(FOLDER "/k.json"), 0);
	spoil(FOLDER);
	run_deployments(&d);
	assert_true(d.stuck);
	assert_true(has_deploy_state(record_of(&d, "k"), "running")); /* it is tried again */
	assert_string_equal(told(), "");
}
