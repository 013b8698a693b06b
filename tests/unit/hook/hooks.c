/* SPDX-License-Identifier: Apache-2.0 */
/* hooks.c - real shells, real records on disk; what runs, when, with what, and what never again. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "agent/conf/conf_internal.h"
#include "tests/unit/lib/test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/hook/hooks.h"
#include "tests/unit/lib/guest.h"

static struct rig {
	struct loop loop;
	struct hooks hooks;
	struct conf conf;
	struct loop_timer patience;
	json_t *old; /* last known metadata before the start */
	const char *awaited;
} g;

static const char *ran(void);

/* Stops the loop when no hook runs, and /ran has the awaited text if there is one. */
static void stop_if_idle(struct loop *l)
{
	if (!hooks_busy(&g.hooks) && (!g.awaited || strstr(ran(), g.awaited)))
		loop_stop(l);
}

static void hook_up(const char *name, const char *triggers, const char *path, const char *action)
{
	const char *const text[HOOK_KEYS] = {
		[HOOK_TRIGGERS] = triggers, [HOOK_PATH] = path, [HOOK_ACTION] = action
	};
	char err[CONF_ERR], warning[CONF_ERR];

	assert_int_equal(conf_hook_add(&g.conf, name, "test:1", text, err, warning), 0);
}

FIXTURE(setup)
{
	log_open(LOG_EMERG); /* another test checks the environment */
	g = (struct rig){ .conf = { .interval_s = 1,
		                  .hook_retries = 3,
		                  .hook_budget = 12,
		                  .hook_timeout_s = 20 } };
	return guest_open(state) < 0 ? -1 : loop_open(&g.loop);
}

FIXTURE(teardown)
{
	loop_close(&g.loop);
	conf_free(&g.conf);
	json_decref(g.old);
	return guest_close(state);
}

static void out_of_patience(struct loop_timer *t, uint64_t missed)
{
	(void)t;
	(void)missed;
	loop_stop(&g.loop);
}

static void up(void)
{
	assert_int_equal(hooks_open(&g.hooks, &g.loop, &g.conf), 0);
	g.loop.prepare = stop_if_idle;
}

static void down(void)
{
	hooks_close(&g.hooks);
	g.loop.stop = false;
}

/* Runs until nothing is under way, at most so long. */
static void settle(unsigned ms)
{
	g.patience.fired = out_of_patience;
	assert_int_equal(loop_timer_start(&g.loop, &g.patience, ms, 0), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_timer_stop(&g.loop, &g.patience);
}

/* Runs until no hook runs and /ran has the text, at most so long. */
static void run_until(const char *text, unsigned ms)
{
	g.awaited = text;
	settle(ms);
	g.awaited = NULL;
}

static void view_of(const char *metadata, const char *id)
{
	json_auto_t *m = metadata ? json_loads(metadata, JSON_ALLOW_NUL, NULL) : NULL;

	hooks_view(&g.hooks, &(struct hook_view){ .resource = "S",
	                             .metadata = m,
	                             .physical_id = id,
	                             .old_metadata = g.old,
	                             .old_physical_id = "old-id" });
	hooks_run(&g.hooks);
}

/* One poll's answer, and the hooks it fires. */
static void view(const char *metadata)
{
	view_of(metadata, "id");
	settle(15000);
}

/* Returns the lines that the hooks wrote, in order. */
static const char *ran(void)
{
	static char text[4096];
	auto_free char *t = NULL;
	size_t n;

	*text = '\0';
	if (path_read("/ran", sizeof(text) - 1, &t, &n) == 0)
		(void)snprintf(text, sizeof(text), "%s", t);
	return text;
}

/* "echo WORDS" to the record of what ran. */
static const char *echo(const char *words)
{
	static char action[512];

	/* As `words` may go on behind its first command, the redirection is the whole shell's. */
	(void)snprintf(action, sizeof(action), "exec >> %s/ran; echo %s", guest_dir, words);
	return action;
}

#define VALUES "$PREHUP_TRIGGER ${CFN_OLD_METADATA-none} ${CFN_NEW_METADATA-none} | tr -d '\\\"'"

/* Each case is a new guest.  "restart" stands for a restart of the daemon, "none" for a missing resource. */
TEST(changes_of_metadata_fire_their_triggers)
{
	static const struct {
		const char *about;
		const char *old; /* last known metadata before the start */
		bool first_run_none;
		struct {
			const char *triggers, *path, *words;
		} hook[3];
		const char *metadata[5], *ran;
	} cases[] = {
		{ "first metadata fires post.update without a hook for post.add", NULL, false,
		        { { "post.update", "", "1 " VALUES },
		                { "post.add post.update", "", "2 " VALUES } },
		        { "{\"a\": 1}", "{\"a\": 1}", "{\"a\": 2}" },
		        "1 post.update none {a: 1}\n2 post.add none {a: 1}\n"
		        "1 post.update {a: 1} {a: 2}\n2 post.update {a: 1} {a: 2}\n" },
		{ "cached metadata fires nothing until it changes", "{\"a\": 1}", false,
		        { { "post.add post.update", "", VALUES } }, { "{\"a\": 1}", "{\"a\": 2}" },
		        "post.update {a: 1} {a: 2}\n" },
		{ "first-run = none is silent", NULL, true,
		        { { "post.add post.update", "", VALUES } }, { "{\"a\": 1}", "{\"a\": 2}" },
		        "post.update {a: 1} {a: 2}\n" },
		{ "an added, changed and removed value has its triggers", NULL, false,
		        { { "post.add post.update post.remove", ".k", VALUES } },
		        { "{\"other\": 1}", "{\"k\": \"one\"}", "{\"k\": \"one\", \"other\": 2}",
		                "{\"k\": \"two\"}", "{}" },
		        "post.add none one\npost.update one two\npost.remove two none\n" },
		{ "a value that returns is an update without a hook for post.add", NULL, false,
		        { { "post.update", ".k", "$PREHUP_TRIGGER $CFN_NEW_METADATA" },
		                { "post.add", ".k", "$PREHUP_TRIGGER $CFN_NEW_METADATA" } },
		        { "{\"k\": \"one\"}", "none", "{\"k\": \"two\"}" },
		        "post.update one\npost.add one\npost.update two\npost.add two\n" },
		{ "a successful hook is not repeated, a change during downtime is handled", NULL,
		        false, { { "post.update", "", VALUES } },
		        { "{\"a\": 1}", "restart", "{\"a\": 1}", "restart", "{\"a\": 3}" },
		        "post.update none {a: 1}\npost.update {a: 1} {a: 3}\n" },
		{ "hooks run in the order of the files", NULL, false,
		        { { "post.update", "", "a; sleep 0.2" }, { "post.update", "", "b" },
		                { "post.update", "", "c" } },
		        { "{\"a\": 1}" }, "a\nb\nc\n" },
		{ "a value with a NUL comes in a file", NULL, false,
		        { { "post.update", ".k", "$(wc -c < $CFN_NEW_METADATA_FILE)" } },
		        { "{\"k\": \"a\\u0000b\"}" }, "3\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (i > 0) {
			assert_int_equal(teardown(NULL), 0);
			assert_int_equal(setup(NULL), 0);
		}
		g.conf.first_run_none = cases[i].first_run_none;
		g.old = cases[i].old ? json_loads(cases[i].old, 0, NULL) : NULL;
		for (int j = 0; j < 3 && cases[i].hook[j].triggers; j++) {
			char path[64];

			(void)snprintf(path, sizeof(path), "Resources.S.Metadata%s",
			        cases[i].hook[j].path);
			hook_up((const char[]){ (char)('1' + j), '\0' }, cases[i].hook[j].triggers,
			        path, echo(cases[i].hook[j].words));
		}
		up();
		for (int j = 0; j < 5 && cases[i].metadata[j]; j++) {
			if (strcmp(cases[i].metadata[j], "restart") == 0) {
				down();
				up();
			} else {
				view(cases[i].metadata[j]);
			}
		}
		down();
		if (strcmp(ran(), cases[i].ran) != 0)
			fail_msg("%s: \"%s\"", cases[i].about, ran());
	}
}

TEST(new_server_behind_a_resource_is_a_change)
{
	g.old = json_object();
	hook_up("h", "post.update", "Resources.S.PhysicalResourceId",
	        echo("$CFN_OLD_PHYSICAL_RESOURCE_ID $CFN_NEW_PHYSICAL_RESOURCE_ID"));
	up();
	view_of("{}", "old-id");
	settle(5000);
	view_of("{\"a\": 1}", "new-id");
	settle(5000);
	assert_string_equal(ran(), "old-id new-id\n");
	down();
}

TEST(failed_hook_is_retried_until_it_succeeds)
{
	char action[512];

	(void)snprintf(action, sizeof(action),
	        "echo try >> %s/ran; test $(grep -c try %s/ran) -ge 2", guest_dir, guest_dir);
	hook_up("h", "post.update", "Resources.S.Metadata", action);
	up();
	view("{\"a\": 1}");
	assert_string_equal(ran(), "try\n");
	view("{\"a\": 1}");
	assert_string_equal(ran(), "try\n"); /* its pause is not over */
	run_until("try\ntry\n", 8000);
	assert_string_equal(ran(), "try\ntry\n");
	view("{\"a\": 1}");
	assert_string_equal(ran(), "try\ntry\n");
	down();
}

TEST(failed_hook_without_retries_waits_for_a_change)
{
	g.conf.hook_retries = 0;
	hook_up("h", "post.update", "Resources.S.Metadata", echo("x; false"));
	up();
	view("{\"a\": 1}");
	view("{\"a\": 1}");
	assert_string_equal(ran(), "x\n");
	assert_true(g.hooks.slot[0]->record.given_up);
	down();
	up(); /* and not after a restart */
	view("{\"a\": 1}");
	assert_string_equal(ran(), "x\n");
	view("{\"a\": 2}");
	assert_string_equal(ran(), "x\nx\n");
	down();
}

TEST(failed_change_is_not_done_when_seen_again)
{
	hook_up("h", "post.update", "Resources.S.Metadata", echo("x; false"));
	up();
	view("{\"a\": 1}");
	g.old = json_pack("{si}", "a", 1); /* as the agent knows it from now on */
	view("{\"a\": 1}");
	assert_int_equal(g.hooks.slot[0]->record.attempts, 1);
	assert_null(g.hooks.slot[0]->record.done);
	down();
}

TEST(first_metadata_is_handled_again_after_a_crash)
{
	json_auto_t *m = json_pack("{si}", "a", 1);

	hook_up("h", "post.update", "Resources.S.Metadata", echo("x"));
	up();
	hooks_view(&g.hooks,
	        &(struct hook_view){ .resource = "S", .metadata = m, .physical_id = "i" });
	down(); /* before hooks_run(), behind the writing of the caches */
	g.old = json_pack("{si}", "a", 1);
	up();
	view("{\"a\": 1}");
	assert_string_equal(ran(), "x\n");
	down();
}

TEST(left_over_hook_is_waited_for_and_then_run)
{
	struct hook_record rec;
	pid_t pid = fork();

	if (pid == 0) {
		usleep(1500000);
		_exit(0);
	}
	hook_up("h", "post.update", "Resources.S.Metadata", echo("x"));
	assert_int_equal(hook_record_load(&rec, &g.conf.hook[0]), -ENOENT);
	process_id_set(&rec.process, pid);
	assert_true(process_id_is_running(&rec.process));
	assert_int_equal(hook_record_save(&rec, &g.conf.hook[0]), 0);
	up();
	view_of("{\"a\": 1}", "id");
	assert_false(hooks_busy(&g.hooks));
	assert_string_equal(ran(), "");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	run_until("x\n", 5000);
	assert_string_equal(ran(), "x\n");
	down();
}

TEST(corrupt_record_is_kept_aside_and_replaced)
{
	char command[256];

	hook_up("h", "post.update", "Resources.S.Metadata", echo("x"));
	up();
	view("{\"a\": 1}");
	down();
	(void)snprintf(command, sizeof(command),
	        "for f in %s/var/lib/prehup/hooks/*.json; do echo '{half' > $f; done", guest_dir);
	assert_int_equal(system(command), 0);
	up();
	view("{\"a\": 1}");
	assert_string_equal(ran(), "x\nx\n");
	(void)snprintf(command, sizeof(command), "ls %s/var/lib/prehup/hooks/*.corrupt > /dev/null",
	        guest_dir);
	assert_int_equal(system(command), 0);
	down();
}

static void foresee(const char *about)
{
	hooks_event(&g.hooks, &(struct hook_event){ .trigger = TRIGGER_RAISED,
	                              .about = about,
	                              .env = json_pack("{ss}", "PREHUP_METRIC", about) });
}

TEST(prediction_does_not_wait_for_a_metadata_hook)
{
	hook_up("long", "post.update", "Resources.S.Metadata", echo("begin; sleep 1.5; echo end"));
	hook_up("save", "predict.raised", "", echo("saved $PREHUP_METRIC"));
	up();
	view_of("{\"a\": 1}", "id");
	foresee("m");
	settle(8000);
	settle(8000);
	assert_true(strncmp(ran(), "begin\nsaved m\n", 14) == 0 ||
	            strncmp(ran(), "saved m\nbegin\n", 14) == 0);
	down();
}

TEST(an_event_outlives_a_crash)
{
	hook_up("h", "predict.raised", "", echo("$PREHUP_METRIC $PREHUP_TRIGGER; sleep 5"));
	up();
	foresee("m");
	assert_true(hooks_busy(&g.hooks));
	while (!*ran())
		usleep(10000);
	(void)kill(-g.hooks.queue[QUEUE_PREDICTIONS].child.pid, SIGKILL);
	down(); /* like a kill -9 of the daemon: the entry is still on disk */
	g.conf.hook[0].action = echo("again $PREHUP_METRIC");
	usleep(300000);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	up();
	run_until("again", 5000);
	assert_string_equal(ran(), "m predict.raised\nagain m\n");
	settle(1000);
	assert_int_equal(spool_count(&g.hooks.events), 0);
	down();
}

TEST(prediction_budget_holds_across_a_restart)
{
	g.conf.hook_budget = 2;
	hook_up("h", "predict.raised", "", echo("$PREHUP_METRIC"));
	up();
	for (const char *m = "abcd"; *m; m++) {
		foresee((const char[]){ *m, '\0' });
		settle(5000);
	}
	assert_string_equal(ran(), "a\nb\n");
	down();
	up();
	settle(300);
	assert_string_equal(ran(), "a\nb\n");
	assert_int_equal(spool_count(&g.hooks.events), 2); /* they wait, and are not lost */
	down();
}

TEST(later_event_replaces_a_queued_one)
{
	g.conf.hook_budget = 0;
	hook_up("h", "predict.raised", "", echo("x"));
	up();
	foresee("m");
	foresee("m");
	foresee("n");
	assert_int_equal(spool_count(&g.hooks.events), 2);
	down();
}

TEST(restarted_service_fires_hooks_of_its_resource)
{
	hook_up("h", "service.restarted", "Resources.S.Metadata",
	        echo("$CFN_SERVICE $CFN_SERVICE_RC"));
	up();
	hooks_event(&g.hooks, &(struct hook_event){ .trigger = TRIGGER_RESTARTED,
	                              .resource = "Other",
	                              .about = "web",
	                              .env = json_pack("{ss}", "CFN_SERVICE", "no") });
	hooks_event(&g.hooks,
	        &(struct hook_event){ .trigger = TRIGGER_RESTARTED,
	                .resource = "S",
	                .about = "web",
	                .env = json_pack("{ss ss}", "CFN_SERVICE", "web", "CFN_SERVICE_RC", "1") });
	settle(5000);
	assert_string_equal(ran(), "web 1\n");
	down();
}

TEST(large_metadata_comes_in_a_temporary_file)
{
	enum { LARGE = 300000 };
	char *text = malloc(LARGE + 32), command[256];

	memset(text, 'x', LARGE + 32);
	memcpy(text, "{\"a\": \"", 7);
	memcpy(text + LARGE, "\"}", 3);
	hook_up("h", "post.update", "Resources.S.Metadata",
	        echo("$(wc -c < $CFN_NEW_METADATA_FILE) ${CFN_NEW_METADATA-unset}"));
	up();
	view(text);
	assert_string_equal(ran(), "300002 unset\n");
	(void)snprintf(
	        command, sizeof(command), "test -z \"$(ls %s/run/prehup/values)\"", guest_dir);
	assert_int_equal(system(command), 0);
	down();
	free(text);
}

TEST(unknown_user_fails_only_its_hook)
{
	hook_up("bad", "post.update", "Resources.S.Metadata", echo("bad"));
	g.conf.hook[0].runas = "no-such-user";
	hook_up("good", "post.update", "Resources.S.Metadata", echo("good"));
	up();
	view("{\"a\": 1}");
	assert_string_equal(ran(), "good\n");
	assert_non_null(strstr(g.hooks.slot[0]->last_error, "no such user"));
	assert_int_equal(g.hooks.slot[0]->record.attempts, 1);
	down();
}

TEST(removed_hook_finishes_its_run)
{
	struct conf empty = { .interval_s = 1 };

	hook_up("h", "post.update", "Resources.S.Metadata", echo("x; sleep 0.3"));
	up();
	view_of("{\"a\": 1}", "id");
	assert_true(hooks_busy(&g.hooks));
	hooks_conf(&g.hooks, &empty);
	conf_free(&g.conf);
	settle(5000);
	assert_false(hooks_busy(&g.hooks));
	down();
}
