/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/compat/os_collect_config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/base/backoff.h"
#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/redact.h"
#include "agent/store/jsonfile.h"

enum { PATHS_MAX = 32 << 10 };

static const char list_key[] = "os_config_files"; /* a file of this module */

static void start_command(struct os_collect_config *c);

/* Returns true if a key, which may come from metadata, is safe as a file name. */
static bool is_safe_key(const char *key)
{
	return key && *key && *key != '.' && !strchr(key, '/') && !strchr(key, ':') &&
	       strlen(key) < 128 && strcmp(key, list_key) != 0;
}

static int collected_file_path(
        char ret[static PATH_MAX], const char *dir, const char *key, const char *suffix)
{
	return snprintf(ret, PATH_MAX, "%s/%s.json%s", dir, key, suffix) < PATH_MAX ? 0
	                                                                            : -ENAMETOOLONG;
}

static bool group_is_config(const json_t *item)
{
	const char *group = json_string_value(json_object_get(item, "group"));

	return !group || strcmp(group, "os-apply-config") == 0 ||
	       strcmp(group, "Heat::Ungrouped") == 0;
}

static void add_collected_file(json_t *files, const char *key, json_t *content, bool from_heat)
{
	size_t i;
	json_t *item;

	if (!is_safe_key(key) || !content)
		return;
	(void)json_object_set(files, key, content);
	if (!from_heat)
		return;
	json_array_foreach (json_object_get(content, "deployments"), i, item) {
		const char *name = json_string_value(json_object_get(item, "name"));

		if (is_safe_key(name) && group_is_config(item) && json_object_get(item, "config"))
			(void)json_object_set(files, name, json_object_get(item, "config"));
	}
}

/*
 * Returns true if an earlier source has this name. Sources of cfn-hup have one for each resource,
 * the own resource first.
 */
static bool has_earlier_source(const struct conf *cf, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (strcmp(cf->source[j].name, cf->source[i].name) == 0)
			return true;
	return false;
}

/* Collects the contents in the order of the sources: KEY -> content. */
static json_t *gather_collected(struct polls *p)
{
	json_t *files = json_object(), *v;
	const char *key;

	for (unsigned i = 0; i < p->conf->source_count; i++) {
		const struct poll_source *s =
		        has_earlier_source(p->conf, i) ? NULL : polls_find(p, &p->conf->source[i]);

		if (s && s->files)
			json_object_foreach (s->files, key, v)
				add_collected_file(files, key, v, false);
		else if (s)
			add_collected_file(files, s->src.name, s->doc,
			        s->src.kind != SOURCE_HEAT_LOCAL && s->src.kind != SOURCE_EC2);
	}
	return files;
}

static int write_json(const char *path, const json_t *v)
{
	auto_free char *text = json_dumps(v, JSON_INDENT(1) | JSON_ENCODE_ANY);

	return text ? path_write(path, text, strlen(text)) : -ENOMEM;
}

/* Reads a file of this module; a corrupt one counts as missing. */
static json_t *read_json(const char *path)
{
	auto_free char *text = NULL;
	size_t len;

	if (path_read(path, JSONFILE_MAX, &text, &len) < 0)
		return NULL;
	return json_loadb(text, len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
}

/* Returns whether it differs from the content of the command's last success. */
static bool has_content_changed(const char *dir, const char *key, const json_t *content)
{
	char path[PATH_MAX];
	json_auto_t *last = NULL;

	if (collected_file_path(path, dir, key, ".last") < 0)
		return false;
	last = read_json(path);
	return !last || !json_equal(last, (json_t *)(uintptr_t)content);
}

/* Writes a file only if its content differs, to spare the disk. */
static int update_collected_file(const char *path, const json_t *v)
{
	json_auto_t *was = read_json(path);

	return was && json_equal(was, (json_t *)(uintptr_t)v) ? 0 : write_json(path, v);
}

static int store_collected_file(const char *dir, const char *key, const json_t *content)
{
	char path[PATH_MAX];
	int r = collected_file_path(path, dir, key, ".orig");

	if (r == 0 && !path_exists(path))
		r = write_json(path, content);
	if (r == 0)
		r = collected_file_path(path, dir, key, "");
	if (r < 0)
		return r;
	return update_collected_file(path, content);
}

/* Writes every file and the list of them to `dir`. */
static int store_collected_files(const char *dir, const json_t *files)
{
	json_auto_t *list = json_array();
	char path[PATH_MAX], full[PATH_MAX];
	const char *key;
	json_t *v;
	int r = path_mkdir(dir);

	json_object_foreach ((json_t *)(uintptr_t)files, key, v) {
		if (r == 0)
			r = store_collected_file(dir, key, v);
		if (r == 0 && collected_file_path(path, dir, key, "") == 0 &&
		        path_full(full, path) == 0)
			(void)json_array_append_new(list, json_string(full));
	}
	if (r == 0)
		r = collected_file_path(path, dir, list_key, "");
	return r < 0 ? r : update_collected_file(path, list);
}

/*
 * Returns true if the command has succeeded with this content; the memory of it covers a full disk.
 */
static bool is_delivered(const struct os_collect_config *c, const char *key, json_t *v)
{
	return json_equal(json_object_get(c->done, key), v) ||
	       !has_content_changed(c->conf->cachedir, key, v);
}

static bool has_any_changed(const struct os_collect_config *c, const json_t *files)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)files, key, v)
		if (!is_delivered(c, key, v))
			return true;
	return false;
}

/* Records that the command has succeeded with these files. */
static void commit_collected(struct os_collect_config *c)
{
	char path[PATH_MAX];
	const char *key;
	json_t *v;
	int r = 0;

	json_object_foreach (c->files, key, v) {
		if (!has_content_changed(c->conf->cachedir, key, v))
			continue;
		r = collected_file_path(path, c->conf->cachedir, key, ".last");
		if (r == 0)
			r = write_json(path, v);
		if (r == 0)
			(void)json_object_del(c->done, key);
		else if (json_object_set(c->done, key, v) == 0)
			log_warn("command: %s: %s; it will run again after a restart", path,
			        strerror(-r));
	}
}

static void schedule_command_retry(struct os_collect_config *c)
{
	const double wait_s = backoff_s(c->conf->interval_s,
	        fmax(c->conf->interval_s, c->conf->max_backoff_s), c->failures);

	(void)loop_timer_start(c->loop, &c->timer, (uint64_t)wait_s * 1000, 0);
}

static void on_command_failed(struct os_collect_config *c)
{
	c->failures++;
	log_at(c->failures == 1 ? LOG_WARNING : LOG_DEBUG,
	        "command: %s; retrying, its files do not count as delivered", c->last_error);
	schedule_command_retry(c);
}

static void on_command_end(struct child *child, const struct child_result *res)
{
	struct os_collect_config *c = container_of(child, struct os_collect_config, child);
	int status =
	        WIFEXITED(res->status) ? WEXITSTATUS(res->status) : 128 + WTERMSIG(res->status);
	auto_free char *output = strdup(res->output);

	c->busy = false;
	if (status == 0) {
		if (c->failures)
			log_notice("command: succeeded after %u failures", c->failures);
		c->failures = 0;
		c->last_error[0] = '\0';
		commit_collected(c);
		log_info("command: done");
	} else {
		if (output)
			redact(output);
		(void)snprintf(c->last_error, sizeof(c->last_error), "exit status %d", status);
		log_at(c->failures ? LOG_DEBUG : LOG_WARNING, "command: %s", output ? output : "");
		on_command_failed(c);
	}
	if (c->polls)
		os_collect_config_on_metadata(c, c->polls);
}

static char *build_command_environment(const json_t *files, const char *dir)
{
	char *text = NULL, path[PATH_MAX], full[PATH_MAX];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	const char *key, *colon = "";
	json_t *v;

	if (!f)
		return NULL;
	fprintf(f, "OS_CONFIG_FILES=");
	json_object_foreach ((json_t *)(uintptr_t)files, key, v) {
		if (collected_file_path(path, dir, key, "") < 0 || path_full(full, path) < 0)
			continue;
		fprintf(f, "%s%s", colon, full);
		colon = ":";
	}
	if (fclose(f) == 0 && len < PATHS_MAX)
		return text;
	free(text);
	return NULL;
}

static void start_command(struct os_collect_config *c)
{
	auto_free char *list = build_command_environment(c->files, c->conf->cachedir);
	const char *env[] = { list, NULL };
	const struct child_spec spec = { .command = c->conf->command,
		.env = env,
		.umask = 022,
		.timeout_s = c->conf->hook_timeout_s };
	int r = list ? child_start(&c->child, c->loop, &spec) : -E2BIG;

	if (r == 0) {
		c->busy = true;
		log_info("command: started");
		return;
	}
	(void)snprintf(c->last_error, sizeof(c->last_error), "cannot start: %s", strerror(-r));
	on_command_failed(c);
}

/* Writes the files and runs the command if one has changed. */
static void run_command_if_changed(struct os_collect_config *c)
{
	int r = store_collected_files(c->conf->cachedir, c->files);

	if (r < 0) {
		(void)snprintf(c->last_error, sizeof(c->last_error), "%.80s: %s", c->conf->cachedir,
		        strerror(-r));
		on_command_failed(c);
		return;
	}
	if (!has_any_changed(c, c->files))
		return;
	(void)store_collected_files(
	        /* a copy for people: failing to write it is not fatal */
	        c->conf->backup_cachedir, c->files);
	start_command(c);
}

static void on_command_timer(struct loop_timer *t, uint64_t missed)
{
	struct os_collect_config *c = container_of(t, struct os_collect_config, timer);

	(void)missed;
	if (!c->busy && *c->conf->command)
		run_command_if_changed(c);
}

void os_collect_config_on_metadata(struct os_collect_config *c, struct polls *p)
{
	json_t *files;

	c->polls = c->busy ? p : NULL;
	if (!*c->conf->command || c->busy)
		return;
	files = gather_collected(p);
	if (c->failures && c->files && json_equal(files, c->files)) {
		json_decref(files); /* unchanged, and a retry is already scheduled */
		return;
	}
	json_decref(c->files);
	c->files = files;
	c->failures = 0;
	run_command_if_changed(c);
}

void os_collect_config_open(struct os_collect_config *c, struct loop *l, const struct conf *cf)
{
	*c = (struct os_collect_config){ .loop = l, .conf = cf, .done = json_object() };
	c->child.done = on_command_end;
	c->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = on_command_timer };
	if (loop_timer_start(l, &c->timer, LOOP_NEVER, 0) < 0) /* re-arming cannot fail */
		log_err("command: cannot create a timer; it is not retried");
}

json_t *os_collect_config_status(const struct os_collect_config *c)
{
	if (!*c->conf->command)
		return json_null();
	return json_pack("{ss sb sI so sI}", "command", c->conf->command, "running", c->busy,
	        "failures", (json_int_t)c->failures, "last_error",
	        *c->last_error ? json_string(c->last_error) : json_null(), "files",
	        (json_int_t)json_object_size(c->files));
}

void os_collect_config_close(struct os_collect_config *c)
{
	if (!c->loop)
		return;
	child_forget(&c->child);
	loop_timer_stop(c->loop, &c->timer);
	json_decref(c->files);
	json_decref(c->done);
	c->files = c->done = NULL;
	c->loop = NULL;
}
