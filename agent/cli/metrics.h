/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h - runs the collectors without a daemon, for `prehup metrics` and `prehup record`. */
#ifndef AGENT_CLI_METRICS_H
#define AGENT_CLI_METRICS_H

#include "collectors/runner.h"

/* The configured collectors. */
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
