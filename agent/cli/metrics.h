/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - `prehup metrics` and `prehup record`: the collectors by themselves, without a daemon. */
#ifndef AGENT_CLI_METRICS_H
#define AGENT_CLI_METRICS_H

#include "collectors/runner.h"

/* The collectors as the files' settings have them; not yet read. */
struct reading {
	struct loop loop;
	struct conf conf;
	struct table table;
	struct runner runner;
};

int reading_open(struct reading *r); /* 0 or -errno (told) */
void reading_tick(struct reading *r);
void reading_close(struct reading *r);

int command_metrics(int argc, char **argv);
int command_record(int argc, char **argv);

#endif
