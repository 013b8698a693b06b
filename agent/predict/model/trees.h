/* SPDX-License-Identifier: Apache-2.0 */
/* trees.h - boosted trees of depth three, as tables that a script writes. */
#ifndef AGENT_PREDICT_MODEL_TREES_H
#define AGENT_PREDICT_MODEL_TREES_H

#include <stdint.h>

/* Node i asks feature[i] > at[i]: no leads to node 2i+1, yes to 2i+2; after three, to a leaf. */
struct tree {
	float at[7];
	int16_t leaf[8]; /* in 1/8192 */
	uint8_t feature[7];
};

/* Returns the sum of all trees, before any link function. */
double trees_sum(const struct tree *trees, unsigned count, const float *features);

/* Checked after every TREES_STEP trees: a sum below `below` ends early with `value`. */
enum { TREES_STEP = 20 };
struct trees_exit {
	int32_t below, says; /* in 1/8192 */
};

/* The same, with an exit after each step but the last. */
double trees_sum_early_exit(const struct tree *trees, unsigned count,
        const struct trees_exit *exits, const float *features);

#endif
