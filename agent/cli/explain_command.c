/* SPDX-License-Identifier: Apache-2.0 */
/* explain_command.c - `prehup explain` and `prehup watch`: print the explanation of the risk. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/cli/commands.h"
#include "agent/cli/options.h"
#include "agent/cli/show.h"
#include "agent/cli/watch.h"
#include "agent/daemon/daemon.h"

enum { TIMEOUT_MS = 10000 };

/* Gets the daemon's explanation. Returns 0, or an exit status after printing the reason. */
static int request_explanation(json_t **ret)
{
	auto_free char *text = NULL;
	int r = command_ask("explain", TIMEOUT_MS, &text);

	if (r)
		return r;
	*ret = json_loads(text, 0, NULL);
	if (*ret)
		return 0;
	fputs("prehup: the daemon's answer is not JSON\n", stderr);
	return 1;
}

int command_explain(int argc, char **argv)
{
	json_auto_t *doc = NULL;
	bool as_json = false;
	const struct option_entry entries[] = {
		{ 'j', "json", NULL, "print JSON", .flag = &as_json },
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup explain", .entry = entries });

	if (r >= 0)
		return r;
	r = request_explanation(&doc);
	if (r)
		return r;
	if (as_json) {
		(void)json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		explain_show(doc, stdout);
	}
	return 0;
}

static volatile sig_atomic_t interrupted;

static void set_interrupted(int signo)
{
	(void)signo;
	interrupted = 1;
}

/* Returns the size of the terminal, or that of a page without one. */
static void read_terminal_size(unsigned *ret_rows, unsigned *ret_columns)
{
	struct winsize w;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 3 && w.ws_col > 0;

	*ret_rows = known ? w.ws_row - 1 : 60;
	*ret_columns = known ? w.ws_col : 120;
}

static int run_watch(unsigned every_s, unsigned long frames)
{
	static struct watch w;
	unsigned rows, columns;
	int r = 0;

	(void)signal(SIGINT, set_interrupted);
	(void)signal(SIGTERM, set_interrupted);
	fputs("\033[?25l\033[2J", stdout);
	for (unsigned long i = 0; r == 0 && !interrupted && (frames == 0 || i < frames); i++) {
		json_auto_t *doc = NULL;

		if (i > 0)
			(void)nanosleep(&(struct timespec){ .tv_sec = every_s }, NULL);
		r = interrupted ? 0 : request_explanation(&doc);
		read_terminal_size(&rows, &columns);
		if (doc)
			watch_frame(&w, doc, rows, columns, stdout);
		if (fflush(stdout) != 0)
			r = 1;
	}
	fputs("\033[?25h", stdout);
	return r;
}

int command_watch(int argc, char **argv)
{
	double every_s = 2, frames = 0;
	const struct option_entry entries[] = {
		{ 0, "every", "SECONDS", "time between two frames (default: 2)", .number = &every_s,
		        .min = 1, .max = 3600, .whole = true },
		{ 0, "frames", "N", "end after N frames (default: 0, never)", .number = &frames,
		        .max = 1e9, .whole = true },
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup watch", .entry = entries });

	if (r >= 0)
		return r;
	return run_watch((unsigned)every_s, (unsigned long)frames);
}
