/* SPDX-License-Identifier: Apache-2.0 */
/* cfn_hup.c - cfn-hup as cron runs it: one pass, with the reference's options and exit statuses. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/cli/commands.h"
#include "agent/cli/options.h"
#include "agent/daemon/daemon.h"

static const char default_log[] = "/var/log/cfn-hup.log";

static struct daemon the_daemon;
static char first_error[CONF_ERR];

static void log_cfn_hup_report(struct conf_report *r, bool error, const char *line)
{
	if (error && r->errors <= 1)
		STR_COPY(first_error, line);
	log_at(error ? LOG_ERR : LOG_WARNING, "%s", line);
}

/*
 * Asks the daemon that holds the lock to poll. If another pass holds it, that pass does the work.
 */
static int poll_by_daemon(void)
{
	auto_free char *answer = NULL;
	size_t len;
	int r = control_ask(control_socket_path, "poll", -1, &answer, &len);

	if (r == -ENOENT || r == -ECONNREFUSED) {
		log_info("another cfn-hup is running; nothing to do");
		return 0;
	}
	if (r < 0) {
		fprintf(stderr, "cfn-hup: the daemon ended before the poll: %s\n", strerror(-r));
		return 1;
	}
	log_info("the daemon polled: %.*s", (int)strcspn(answer, "\n"), answer);
	if (strcmp(answer, "ok\n") == 0)
		return 0;
	fputs("cfn-hup: a poll failed, see prehup status\n", stderr);
	return 1;
}

/* cron mails all output, so a pass without a terminal logs to its file. */
static void choose_log_file(const struct conf *cf)
{
	const char *path = *cf->log_file ? cf->log_file : default_log;
	int r = 0;

	if (*cf->log_file || (!isatty(STDERR_FILENO) && !getenv("JOURNAL_STREAM")))
		r = log_to_file(path);
	if (r < 0)
		log_warn("cannot log to %s: %s", path, strerror(-r));
}

static int run_single_pass(const char *dir)
{
	struct conf_report report = { .say = log_cfn_hup_report };
	struct conf *files = calloc(1, sizeof(*files));
	int r = files ? conf_load(files, CONF_CFN_HUP, dir, &report) : -ENOMEM;

	if (r < 0) {
		fprintf(stderr, "cfn-hup: %s\n", *first_error ? first_error : strerror(-r));
		free(files);
		return 1;
	}
	choose_log_file(files);
	r = daemon_run_once(&the_daemon, files);
	if (r == -EALREADY) {
		conf_free(files);
		free(files);
		return poll_by_daemon();
	}
	if (r)
		fprintf(stderr, "cfn-hup: %s\n",
		        *the_daemon.poll_error ? the_daemon.poll_error
		                               : "could not run, see the log");
	return r != 0;
}

int command_cfn_hup(int argc, char **argv)
{
	const char *dir = NULL;
	bool verbose = false;
	int mode = 'f';
	const struct option_entry entries[] = {
		{ 'c', "config", "DIR", "folder of hooks, or folder that holds cfn-hup.conf",
		        .text = &dir },
		{ 'f', "no-daemon", NULL, "make one pass, which is also the default",
		        .choice = &mode, .value = 'f' },
		{ 'v', "verbose", NULL, "log more", .flag = &verbose },
		{ 0, "check", NULL, "report errors of the configuration", .choice = &mode,
		        .value = 'k' },
		{ 0, "daemon", NULL, "run the daemon, like prehup run", .choice = &mode,
		        .value = 'd' },
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "cfn-hup", .entry = entries });

	if (r >= 0)
		return r;
	if (verbose)
		log_open(LOG_DEBUG);
	if (mode != 'f') {
		char *args[] = { argv[0], dir ? (char *)"-c" : NULL, (char *)(uintptr_t)dir, NULL };

		optind = 1;
		return (mode == 'k' ? command_check : command_run)(dir ? 3 : 1, args);
	}
	return run_single_pass(dir);
}
