/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - `prehup metrics` and `prehup record`: the collectors by themselves, without a daemon. */
#ifndef AGENT_CLI_METRICS_H
#define AGENT_CLI_METRICS_H

#include "collectors/runner.h"

/* The collectors as the files' settings have them; not yet read. */
struct metrics_reader {
	struct loop loop;
	struct conf conf;
	struct table table;
	struct runner runner;
};

int metrics_reader_open(struct metrics_reader *r); /* 0 or -errno, which is logged */
void metrics_reader_tick(struct metrics_reader *r);
void metrics_reader_close(struct metrics_reader *r);

#endif
