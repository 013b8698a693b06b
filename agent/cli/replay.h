/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.h - `prehup replay`: recorded samples through the daemon's own scorer, in no time.
 */
#ifndef AGENT_CLI_REPLAY_H
#define AGENT_CLI_REPLAY_H

#include <stdio.h>

#include "agent/cli/plot.h"
#include "agent/predict/score.h"

enum replay_format { REPLAY_EVENTS, REPLAY_JSON, REPLAY_SCORES };

/*
 * Reads CSV from `in` (`name` is for messages) and writes what the scorer says to `out`, and draws it
 * into `plot` (NULL: not).  0, or
 * -EINVAL with "file:line: column: what is wrong" in reterr (CONF_ERR bytes).
 */
int replay(FILE *in, const char *name, const struct score_conf *cf, enum replay_format format,
        FILE *out, struct plot *plot, char *reterr);

#endif
