/* SPDX-License-Identifier: Apache-2.0 */
/* collect_rig.h - sources that have answered, a command that notes its runs, a guest's folder. */
#ifndef TESTS_UNIT_LIB_COLLECT_RIG_H
#define TESTS_UNIT_LIB_COLLECT_RIG_H

#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "heat/compat/os_collect_config.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/json.h"

#define DIR "/var/lib/occ"

static struct rig {
	struct loop loop;
	struct os_collect_config collect;
	struct conf conf;
	struct source source[8];
	struct polls polls;
	struct loop_timer patience;
	bool was_busy;
} g;

/* Stops the loop when the command has ended. */
static inline void stop_at_end(struct loop *l)
{
	if (g.was_busy && !g.collect.busy)
		loop_stop(l);
	g.was_busy = g.collect.busy;
}

ON_TIMER(out_of_patience)
{
	loop_stop(&g.loop);
}

/* Every run adds a line, the variable it was given, to /ran; /verdict has its exit status. */
static inline int setup(void **state)
{
	log_open(LOG_EMERG);
	g = (struct rig){ .conf = { .interval_s = 1,
		                  .max_backoff_s = 1,
		                  .hook_timeout_s = 20,
		                  .cachedir = DIR,
		                  .backup_cachedir = "/backup",
		                  .own = "Srv" } };
	g.conf.source = g.source;
	g.polls.conf = &g.conf;
	g.polls.loop = &g.loop;
	if (guest_open(state) < 0 || loop_open(&g.loop) < 0)
		return -1;
	(void)snprintf(g.conf.command, sizeof(g.conf.command),
	        "echo \"$OS_CONFIG_FILES\" >> %s/ran; exit $(cat %s/verdict)", guest_dir,
	        guest_dir);
	guest_put("/verdict", "0");
	os_collect_config_open(&g.collect, &g.loop, &g.conf);
	g.loop.prepare = stop_at_end;
	return 0;
}

static inline int teardown(void **state)
{
	os_collect_config_close(&g.collect);
	for (unsigned i = 0; i < g.polls.count; i++) {
		json_decref(g.polls.source[i].doc);
		json_decref(g.polls.source[i].files);
	}
	loop_close(&g.loop);
	return guest_close(state);
}

/* A source that has answered with this; NULL: not yet. */
static inline void source_says(
        unsigned i, enum source_kind kind, const char *name, const char *resource, const char *doc)
{
	struct source *src = &g.source[i];
	struct poll_source *s = &g.polls.source[i];

	*src = (struct source){ .kind = kind };
	(void)snprintf(src->name, sizeof(src->name), "%s", name);
	(void)snprintf(src->resource, sizeof(src->resource), "%s", resource);
	json_decref(s->doc);
	s->owner = &g.polls;
	s->src = *src;
	s->doc = doc ? json_of(doc) : NULL;
	if (g.polls.count <= i)
		g.polls.count = g.conf.source_count = i + 1;
}

static inline void run_loop(unsigned ms)
{
	g.patience.fired = out_of_patience;
	g.loop.stop = false;
	assert_int_equal(loop_timer_start(&g.loop, &g.patience, ms, 0), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_timer_stop(&g.loop, &g.patience);
	g.loop.stop = false;
}

static inline void see(void)
{
	os_collect_config_on_metadata(&g.collect, &g.polls);
	if (g.collect.busy)
		run_loop(10000);
	assert_false(g.collect.busy);
}

static inline unsigned times_ran(void)
{
	unsigned n = 0;

	for (const char *s = guest_text("/ran"); *s; s++)
		n += *s == '\n';
	return n;
}

/* The names in the last run's OS_CONFIG_FILES, of files that were there. */
static inline void assert_given(const char *want)
{
	const char *prefix = guest_path(DIR "/");
	auto_free char *text = strdup(guest_text("/ran"));
	char got[512] = "", *line = NULL, *name;

	for (char *rest = text, *l; (l = strsep(&rest, "\n")) != NULL;)
		if (*l)
			line = l;
	assert_non_null(line);
	while ((name = strsep(&line, ":")) != NULL) {
		if (strncmp(name, prefix, strlen(prefix)) != 0 || access(name, R_OK) < 0)
			fail_msg("%s", name);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
		        *got ? " " : "", name + strlen(prefix));
	}
	assert_string_equal(got, want);
}

static inline void assert_holds(const char *path, const char *want)
{
	json_auto_t *is = json_loads(guest_text(path), JSON_DECODE_ANY, NULL);

	if (!path_exists(path))
		fail_msg("%s is not there", path);
	assert_json(is, want);
}

#endif
