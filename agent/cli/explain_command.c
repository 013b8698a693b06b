/* SPDX-License-Identifier: Apache-2.0 */
/* explain_command.c - `prehup explain` and `prehup watch`: why the risk is what it is. */
#include <getopt.h>
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
#include "agent/cli/watch.h"
#include "agent/daemon/daemon.h"
#include "agent/serve/explanation.h"

enum { EXIT_USAGE = 2, TIMEOUT_MS = 10000 };

/* The daemon's word, or an exit status with the reason told. */
static int ask(json_t **ret)
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
	static const char help[] = "usage: prehup explain [--json]\n";
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	json_auto_t *doc = NULL;
	bool as_json = false;
	int c, r;

	while ((c = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (c != 'j')
			return fputs(help, c == 'h' ? stdout : stderr) < 0 || c != 'h' ? EXIT_USAGE
			                                                               : 0;
		as_json = true;
	}
	if (optind < argc)
		return fputs(help, stderr) < 0 ? 1 : EXIT_USAGE;
	r = ask(&doc);
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

static void interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

/* As large as the terminal is; where there is none, as a page. */
static void size_of(unsigned *ret_rows, unsigned *ret_columns)
{
	struct winsize w;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 3 && w.ws_col > 0;

	*ret_rows = known ? w.ws_row - 1 : 60;
	*ret_columns = known ? w.ws_col : 120;
}

static int watch(unsigned every_s, unsigned long frames)
{
	static struct watch w;
	unsigned rows, columns;
	int r = 0;

	(void)signal(SIGINT, interrupt);
	(void)signal(SIGTERM, interrupt);
	fputs("\033[?25l\033[2J", stdout);
	for (unsigned long i = 0; r == 0 && !interrupted && (frames == 0 || i < frames); i++) {
		json_auto_t *doc = NULL;

		if (i > 0)
			(void)nanosleep(&(struct timespec){ .tv_sec = every_s }, NULL);
		r = interrupted ? 0 : ask(&doc);
		size_of(&rows, &columns);
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
	static const char help[] = "usage: prehup watch [--every SECONDS] [--frames N]\n"
	                           "  --every SECONDS  between two looks (2)\n"
	                           "  --frames N       end after so many\n";
	static const struct option options[] = { { "every", required_argument, NULL, 'e' },
		{ "frames", required_argument, NULL, 'n' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	unsigned long every_s = 2, frames = 0;
	char none[] = "", *end = none;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return fputs(help, stdout) < 0;
		if (c == 'e')
			every_s = strtoul(optarg, &end, 10);
		else if (c == 'n')
			frames = strtoul(optarg, &end, 10);
		if (c == '?' || *end || every_s == 0 || every_s > 3600)
			return fputs(help, stderr) < 0 ? 1 : EXIT_USAGE;
	}
	if (optind < argc)
		return fputs(help, stderr) < 0 ? 1 : EXIT_USAGE;
	return watch((unsigned)every_s, frames);
}
