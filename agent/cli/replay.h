/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - `prehup replay`: runs recorded samples through the daemon's scorer. */
#ifndef AGENT_CLI_REPLAY_H
#define AGENT_CLI_REPLAY_H

#include <stdio.h>

#include "agent/cli/plot.h"
#include "agent/predict/score.h"

enum replay_format { REPLAY_EVENTS, REPLAY_JSON, REPLAY_SCORES };

/*
 * Reads CSV from `in`, writes events or scores to `out`, and draws them into `plot` unless it is
 * NULL. `name` names the input in messages. Returns 0, or -EINVAL with "file:line: column: error"
 * in reterr (CONF_ERR bytes).
 */
int replay(FILE *in, const char *name, const struct score_conf *cf, enum replay_format format,
        FILE *out, struct plot *plot, char *reterr);

#endif
