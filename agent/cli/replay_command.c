/* SPDX-License-Identifier: Apache-2.0 */
/* replay_command.c - the command. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/cli/replay.h"
#include "agent/conf/conf.h"
#include "agent/conf/conf_keys.h"

static const char help[] =
        "usage: prehup replay [OPTION]... FILE.csv\n"
        "  --scores        one line a row: timestamp,anomaly,risk,eta_s\n"
        "  --json          one JSON object an event\n"
        "  --plot FILE     draw the riskiest metric, its forecasts, risk and events (SVG)\n"
        "  --horizon TIME  look so far ahead, and no farther; --raise, --clear, --warmup and\n"
        "                  --false-alarms are as in prehup.conf\n"
        "FILE has a head line: timestamp (seconds since 1970, or a date in UTC), then metrics, "
        "NAME or\n"
        "NAME[INSTANCE]; one that ends in .used_ratio is bounded by 1.  \"-\" is standard input.\n";

/* --horizon 900 and the like: as the settings' table reads them. */
static int set(struct conf *cf, const char *name, const char *text)
{
	char why[CONF_ERR];

	if (conf_key_set(cf, conf_key_find("predict", name), text, why) == 0)
		return 0;
	fprintf(stderr, "prehup replay: --%s: %s\n", name, why);
	return -EINVAL;
}

static int save(const struct plot *plot, const char *path, char *reterr)
{
	FILE *f = fopen(path, "we");
	int r = f ? plot_write(plot, f) : -errno;

	if (f && fclose(f) != 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)snprintf(reterr, CONF_ERR, "%s: %s", path, strerror(-r));
	return r < 0 ? -EINVAL : 0;
}

int replay_main(int argc, char **argv)
{
	static const struct option options[] = { { "scores", no_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' }, { "horizon", required_argument, NULL, 1 },
		{ "raise", required_argument, NULL, 2 }, { "clear", required_argument, NULL, 3 },
		{ "warmup", required_argument, NULL, 4 },
		{ "false-alarms", required_argument, NULL, 5 },
		{ "plot", required_argument, NULL, 'p' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 } };
	static const char *const names[] = { NULL, "horizon", "raise", "clear", "warmup",
		"false-alarms" };
	enum replay_format format = REPLAY_EVENTS;
	char err[CONF_ERR] = "out of memory";
	struct conf cf = { 0 };
	auto_free struct plot *plot = NULL;
	const char *drawing = NULL;
	auto_file FILE *in = NULL;
	int c, r = 0;

	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (strcmp(k->section, "predict") == 0)
			(void)conf_key_set(&cf, k, k->value, err);
	while (r == 0 && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 's')
			format = REPLAY_SCORES;
		else if (c == 'j')
			format = REPLAY_JSON;
		else if (c == 'p')
			drawing = optarg;
		else if (c == 'h' || c == '?')
			return fputs(help, c == 'h' ? stdout : stderr) < 0 || c == '?' ? 2 : 0;
		else
			r = set(&cf, names[c], optarg);
		cf.score.single_horizon |= c == 1;
	}
	if (r == 0 && conf_keys_agree(&cf, err) < 0)
		r = fprintf(stderr, "prehup replay: %s\n", err) ? -EINVAL : 0;
	if (r < 0 || optind + 1 != argc) {
		if (r == 0)
			fputs(help, stderr);
		return 2;
	}
	in = strcmp(argv[optind], "-") == 0 ? stdin : fopen(argv[optind], "re");
	if (!in) {
		fprintf(stderr, "prehup replay: %s: %s\n", argv[optind], strerror(errno));
		return 1;
	}
	plot = drawing ? plot_new() : NULL;
	if (drawing && !plot)
		r = -ENOMEM;
	if (r == 0)
		r = replay(in, argv[optind], &cf.score, format, stdout, plot, err);
	if (r == 0 && drawing)
		r = save(plot, drawing, err);
	if (r < 0)
		fprintf(stderr, "%s\n", r == -EINVAL ? err : strerror(-r));
	return r < 0 || fflush(stdout) != 0;
}
