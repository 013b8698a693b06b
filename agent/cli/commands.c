/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/cli/options.h"
#include "agent/cli/show.h"
#include "agent/daemon/daemon.h"
#include "agent/process/notify.h"

enum { EXIT_NO_DAEMON = 3 };

/* The daemon answers between two ticks; a poll waits for its hooks without a limit. */
enum { STATUS_TIMEOUT_MS = 10000, POLL_TIMEOUT_MS = -1 };

static struct daemon the_daemon; /* too large for the stack: 250 KiB */

static void log_conf_report(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	log_at(error ? LOG_ERR : LOG_WARNING, "%s", line);
}

static void print_conf_report(struct conf_report *r, bool error, const char *line)
{
	(void)r;
	printf("%s%s\n", error ? "" : "warning: ", line);
}

int command_run(int argc, char **argv)
{
	struct conf_report report = { .say = log_conf_report };
	const char *dir = NULL;
	bool verbose = false;
	const struct option_entry entries[] = {
		{ 'c', "config", "DIR", "folder of cfn-hup's hooks, or of its configuration",
		        .text = &dir },
		{ 'v', "verbose", NULL, "log details for debugging", .flag = &verbose },
		{ 0 },
	};
	struct conf *files;
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup run", .entry = entries });

	if (r >= 0)
		return r;
	if (verbose)
		log_open(LOG_DEBUG);
	files = calloc(1, sizeof(*files));
	if (!files || conf_load(files, CONF_START, dir, &report) < 0) {
		log_err("invalid configuration");
		free(files);
		return 1;
	}
	notify_open();
	r = daemon_run(&the_daemon, files, dir);
	if (r == -EALREADY)
		log_err("another prehup is already running");
	return r < 0;
}

/* Checks the `prehup` object of metadata in a file together with the settings of the files. */
static int check_metadata_file(const struct conf *cf, const char *path)
{
	json_error_t e;
	json_auto_t *m = json_load_file(path, JSON_ALLOW_NUL, &e);
	json_t *overlay = json_object_get(m, "prehup");
	struct conf overlaid;
	char err[CONF_ERR];

	if (!m) {
		printf("%s:%d: %s\n", path, e.line, e.text);
		return 1;
	}
	if (!json_is_object(m)) {
		printf("%s: the metadata is not an object\n", path);
		return 1;
	}
	if (!overlay) {
		printf("%s: has no prehup object\n", path);
		return 1;
	}
	if (conf_overlay(&overlaid, cf, overlay, NULL, err) < 0) {
		printf("%s: %s\n", path, err);
		return 1;
	}
	conf_free(&overlaid);
	return 0;
}

int command_check(int argc, char **argv)
{
	struct conf_report report = { .say = print_conf_report };
	const char *dir = NULL, *metadata = NULL;
	bool print = false;
	const struct option_entry entries[] = {
		{ 'c', "config", "DIR", "as for prehup run", .text = &dir },
		{ 'm', "metadata", "FILE",
		        "also check the prehup object of metadata in FILE (JSON)",
		        .text = &metadata },
		{ 'p', "print", NULL, "print the settings in force", .flag = &print },
		{ 0 },
	};
	struct conf cf;
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup check", .entry = entries });

	if (r >= 0)
		return r;
	r = conf_load(&cf, CONF_DAEMON, dir, &report);
	if (r == 0 && metadata)
		report.errors += (unsigned)check_metadata_file(&cf, metadata);
	if (r == 0 && print)
		conf_print(&cf, stdout);
	if (r == 0 && !report.errors && !print)
		printf("%u hooks, %u signals: no errors\n", cf.hook_count, cf.target_count);
	conf_free(&cf);
	return r < 0 || report.errors > 0;
}

int command_ask(const char *line, int timeout_ms, char **ret)
{
	size_t len;
	int r = control_ask(control_socket_path, line, timeout_ms, ret, &len);

	if (r == 0)
		return 0;
	if (r == -ENOENT || r == -ECONNREFUSED) {
		fprintf(stderr, "prehup: no daemon is running (%s%s)\n", path_root(),
		        control_socket_path);
		return EXIT_NO_DAEMON;
	}
	fprintf(stderr, "prehup: the daemon does not answer: %s\n", strerror(-r));
	return 1;
}

int command_status(int argc, char **argv)
{
	auto_free char *text = NULL;
	json_auto_t *status = NULL;
	bool as_json = false;
	const struct option_entry entries[] = {
		{ 'j', "json", NULL, "print JSON", .flag = &as_json },
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup status", .entry = entries });

	if (r >= 0)
		return r;
	r = command_ask("status", STATUS_TIMEOUT_MS, &text);
	if (r)
		return r;
	status = json_loads(text, 0, NULL);
	if (!status) {
		fputs("prehup: the daemon's answer is not JSON\n", stderr);
		return 1;
	}
	if (as_json) {
		(void)json_dumpf(status, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		status_show(status, stdout);
	}
	return 0;
}

int command_poll(int argc, char **argv)
{
	static const struct option_entry none[] = { { 0 } };
	auto_free char *text = NULL;
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup poll", .entry = none });

	if (r >= 0)
		return r;
	r = command_ask("poll", POLL_TIMEOUT_MS, &text);
	if (r)
		return r;
	if (strcmp(text, "ok\n") == 0)
		return 0;
	fputs("prehup: a poll failed, see prehup status\n", stderr);
	return 1;
}
