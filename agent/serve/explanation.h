/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explanation.h - the risk as JSON: by cause, with the value, usual value, trend, time left and
 * reason of its metrics.
 */
#ifndef AGENT_SERVE_EXPLANATION_H
#define AGENT_SERVE_EXPLANATION_H

#include <jansson.h>

#include "agent/predict/score.h"

/* Returns a new reference, NULL if out of memory. */
json_t *explain(const struct scorer *sc, const struct table *t, const struct score_conf *cf);

#endif
