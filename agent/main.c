/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - one binary, many names: prehup and its subcommands, and the programs that it replaces. */
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
#include "agent/cli/metrics.h"
#include "agent/cli/replay.h"
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
	{ "run", "be the daemon, in the foreground", command_run },
	{ "check", "say what is wrong with the configuration", command_check },
	{ "status", "show what the daemon is doing", command_status },
	{ "explain", "say why the risk is what it is", command_explain },
	{ "watch", "show the riskiest resources, again and again", command_watch },
	{ "doctor", "find out what is wrong between here and Heat", command_doctor },
	{ "poll", "make the daemon poll Heat now, and wait for the hooks", command_poll },
	{ "metrics", "read everything once, or list what there is to read", command_metrics },
	{ "record", "keep samples as CSV, for replay", command_record },
	{ "replay", "run recorded samples through the scorer", replay_main },
	{ "clean", "seal an image: forget this instance", command_clean },
	{ NULL, NULL, NULL },
};

/* Called by one of these names, it is that program; the Makefile links them. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} names[] = {
	{ "cfn-hup", command_cfn_hup },
	{ "cfn-signal", command_cfn_signal },
	{ "cfn-get-metadata", command_get_metadata },
	{ "heat-config-notify", command_config_notify },
};

static int usage(FILE *out, int status)
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

/* Takes --sysroot DIR out of the arguments, wherever it stands.  Returns the new argc, -1: wrong. */
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
	(void)umask(077); /* hooks get their own */
#ifdef M_ARENA_MAX        /* glibc's alone */
	/* libcurl's resolver is a thread for a moment; a heap of its own would stay for ever. */
	(void)mallopt(M_ARENA_MAX, 1);
#endif
	log_open(LOG_INFO);
	argc = take_sysroot(argc, argv, &sysroot);
	if (argc < 0) {
		fputs("prehup: --sysroot wants a folder\n", stderr);
		return 2;
	}
	if (sysroot && path_set_root(sysroot) < 0) {
		fprintf(stderr, "prehup: sysroot \"%s\": must be an absolute path\n", sysroot);
		return 2;
	}
	if (strcmp(name, "cfn-hup") == 0) /* before anything of the state is read */
		instance_check();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].run(argc, argv);
	if (argc < 2)
		return usage(stderr, 2);
	if (strcmp(argv[1], "--version") == 0)
		return printf("prehup %s\n", VERSION) < 0;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	        strcmp(argv[1], "help") == 0)
		return usage(stdout, 0);
	if (strcmp(argv[1], "run") == 0)
		instance_check();
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0)
			return c->run(argc - 1, argv + 1);
	if (strcmp(argv[1], "deployment-run") == 0) /* between us and ourselves */
		return command_deployment_run(argc - 1, argv + 1);
	fprintf(stderr, "prehup: \"%s\" is no command\n", argv[1]);
	return usage(stderr, 2);
}
