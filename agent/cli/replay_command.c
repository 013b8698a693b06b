/* SPDX-License-Identifier: Apache-2.0 */
/* replay_command.c - parses the command line of `prehup replay`. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "agent/cli/commands.h"
#include "agent/cli/options.h"
#include "agent/cli/replay.h"
#include "agent/conf/conf.h"
#include "agent/conf/conf_keys.h"

static const char notes[] =
        "--raise, --clear, --warmup and --false-alarms are as in prehup.conf(5).\n"
        "The first line of FILE has the names of its columns: timestamp (seconds since 1970, or a\n"
        "date in UTC), then metrics, NAME or NAME[INSTANCE].  The bound of a name that ends in\n"
        ".used_ratio is 1.  \"-\" is standard input.\n";

static const char *const setting_names[] = { "horizon", "raise", "clear", "warmup",
	"false-alarms" };

/* Sets [predict] to its defaults and the given options.  Returns 0, or -EINVAL after a message. */
static int set_predict_conf(struct conf *cf, const char *const setting[])
{
	char why[CONF_ERR];

	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (strcmp(k->section, "predict") == 0)
			(void)conf_key_set(cf, k, k->value, why);
	for (size_t i = 0; i < ARRAY_SIZE(setting_names); i++) {
		const struct conf_key *k = conf_key_find("predict", setting_names[i]);

		if (!setting[i] || conf_key_set(cf, k, setting[i], why) == 0)
			continue;
		fprintf(stderr, "prehup replay: --%s: %s\n", setting_names[i], why);
		return -EINVAL;
	}
	cf->score.single_horizon = setting[0] != NULL;
	if (conf_keys_agree(cf, why) == 0)
		return 0;
	fprintf(stderr, "prehup replay: %s\n", why);
	return -EINVAL;
}

static int save_plot(const struct plot *plot, const char *path, char *reterr)
{
	FILE *f = fopen(path, "we");
	int r = f ? plot_write(plot, f) : -errno;

	if (f && fclose(f) != 0 && r == 0)
		r = -errno;
	if (r < 0)
		(void)snprintf(reterr, CONF_ERR, "%s: %s", path, strerror(-r));
	return r < 0 ? -EINVAL : 0;
}

int command_replay(int argc, char **argv)
{
	const char *setting[ARRAY_SIZE(setting_names)] = { NULL }, *drawing = NULL;
	int format = REPLAY_EVENTS;
	const struct option_entry entries[] = {
		{ 0, "scores", NULL, "one line per row: timestamp,anomaly,risk,eta_s",
		        .choice = &format, .value = REPLAY_SCORES },
		{ 0, "json", NULL, "one JSON object per event", .choice = &format,
		        .value = REPLAY_JSON },
		{ 0, "plot", "FILE",
		        "draw the riskiest metric, its forecasts, risk and events (SVG)",
		        .text = &drawing },
		{ 0, setting_names[0], "TIME", "the only horizon of the prediction",
		        .text = &setting[0] },
		{ 0, setting_names[1], "RISK", "risk at which an alarm is raised",
		        .text = &setting[1] },
		{ 0, setting_names[2], "RISK", "risk at which an alarm is cleared",
		        .text = &setting[2] },
		{ 0, setting_names[3], "TIME", "time before the first prediction",
		        .text = &setting[3] },
		{ 0, setting_names[4], "N", "accepted false alarms per 30 days",
		        .text = &setting[4] },
		{ 0 },
	};
	char err[CONF_ERR] = "out of memory";
	struct conf cf = { 0 };
	auto_free struct plot *plot = NULL;
	auto_file FILE *in = NULL;
	int r = options_parse(argc, argv,
	        &(struct options){ .program = "prehup replay",
	                .entry = entries,
	                .operand = "FILE.csv",
	                .notes = notes });

	if (r >= 0)
		return r;
	if (set_predict_conf(&cf, setting) < 0)
		return OPTIONS_USAGE;
	in = strcmp(argv[optind], "-") == 0 ? stdin : fopen(argv[optind], "re");
	if (!in) {
		fprintf(stderr, "prehup replay: %s: %s\n", argv[optind], strerror(errno));
		return 1;
	}
	r = 0;
	plot = drawing ? plot_new() : NULL;
	if (drawing && !plot)
		r = -ENOMEM;
	if (r == 0)
		r = replay(
		        in, argv[optind], &cf.score, (enum replay_format)format, stdout, plot, err);
	if (r == 0 && drawing)
		r = save_plot(plot, drawing, err);
	if (r < 0)
		fprintf(stderr, "%s\n", r == -EINVAL ? err : strerror(-r));
	return r < 0 || fflush(stdout) != 0;
}
