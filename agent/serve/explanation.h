/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explanation.h - why the risk is what it is: by cause, the metrics that carry it, where each stands and
 * heads, what it mostly is.  As JSON, and that JSON for a person.
 */
#ifndef AGENT_SERVE_EXPLANATION_H
#define AGENT_SERVE_EXPLANATION_H

#include <jansson.h>
#include <stdio.h>

#include "agent/predict/score.h"

/* The caller's reference; NULL: out of memory. */
json_t *explain(const struct scorer *sc, const struct table *t, const struct score_conf *cf);

void explain_show(const json_t *doc, FILE *out);

#endif
