/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - dispatches to the subcommands of prehup and to the programs that it replaces. */
#include <libgen.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/cli/commands.h"
#include "heat/cli/cfn_signal.h"
#include "heat/cli/config_notify.h"
#include "heat/cli/doctor.h"
#include "heat/cli/get_metadata.h"
#include "heat/deploy/deploy_run.h"
#include "heat/instance/instance.h"

static const struct command {
	const char *name, *what;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "run", "run the daemon in the foreground", command_run },
	{ "check", "check the configuration", command_check },
	{ "status", "show the state of the daemon", command_status },
	{ "explain", "explain the current risk", command_explain },
	{ "watch", "show the riskiest resources continuously", command_watch },
	{ "doctor", "diagnose the connection to Heat", command_doctor },
	{ "poll", "poll Heat now and wait for the hooks", command_poll },
	{ "metrics", "read all metrics once, or list them", command_metrics },
	{ "record", "record samples as CSV", command_record },
	{ "replay", "run recorded samples through the scorer", command_replay },
	{ "clean", "remove the state of this instance from an image", command_clean },
	{ NULL, NULL, NULL },
};

/* Programs selected by argv[0]; the Makefile makes the links. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} names[] = {
	{ "cfn-hup", command_cfn_hup },
	{ "cfn-signal", command_cfn_signal },
	{ "cfn-get-metadata", command_get_metadata },
	{ "heat-config-notify", command_config_notify },
};

static int print_usage(FILE *out, int status)
{
	fputs("usage: prehup [--sysroot DIR] COMMAND [OPTION]...\n\n", out);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-8s %s\n", c->name, c->what);
	fputs("\n  --sysroot DIR  take every path below DIR (also: PREHUP_SYSROOT)\n"
	      "  --version\n\nprehup COMMAND --help says more; so do prehup(1) and "
	      "prehup.conf(5).\n",
	        out);
	return status;
}

/* Removes --sysroot DIR from the arguments.  Returns the new argc, -1 if DIR is missing. */
static int take_sysroot(int argc, char **argv, const char **ret)
{
	int n = 1;

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--sysroot=", 10) == 0)
			*ret = argv[i] + 10;
		else if (strcmp(argv[i], "--sysroot") != 0)
			argv[n++] = argv[i];
		else if (++i < argc)
			*ret = argv[i];
		else
			return -1;
	}
	argv[n] = NULL;
	return n;
}

int main(int argc, char **argv)
{
	const char *sysroot = getenv("PREHUP_SYSROOT");
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;

	name = name ? name + 1 : argc > 0 ? argv[0] : "prehup";
	(void)umask(077); /* hooks set their own */
#ifdef M_ARENA_MAX        /* glibc only */
	/* libcurl resolves names in a short-lived thread, whose heap would never be released. */
	(void)mallopt(M_ARENA_MAX, 1);
#endif
	log_open(LOG_INFO);
	argc = take_sysroot(argc, argv, &sysroot);
	if (argc < 0) {
		fputs("prehup: --sysroot needs a folder\n", stderr);
		return 2;
	}
	if (sysroot && path_set_root(sysroot) < 0) {
		fprintf(stderr, "prehup: sysroot \"%s\": must be an absolute path\n", sysroot);
		return 2;
	}
	if (strcmp(name, "cfn-hup") == 0) /* before the state is read */
		instance_check();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].run(argc, argv);
	if (argc < 2)
		return print_usage(stderr, 2);
	if (strcmp(argv[1], "--version") == 0)
		return printf("prehup %s\n", VERSION) < 0;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	        strcmp(argv[1], "help") == 0)
		return print_usage(stdout, 0);
	if (strcmp(argv[1], "run") == 0)
		instance_check();
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0)
			return c->run(argc - 1, argv + 1);
	if (strcmp(argv[1], "deployment-run") == 0) /* internal */
		return command_deployment_run(argc - 1, argv + 1);
	fprintf(stderr, "prehup: \"%s\" is not a command\n", argv[1]);
	return print_usage(stderr, 2);
}
