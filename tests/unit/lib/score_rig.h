/* SPDX-License-Identifier: Apache-2.0 */
/* score_rig.h - a table, its scorer and the events, in steps of ten seconds, for tests of the scorer. */
#ifndef TESTS_UNIT_LIB_SCORE_RIG_H
#define TESTS_UNIT_LIB_SCORE_RIG_H

#include <stdlib.h>

#include "agent/predict/score.h"

static const struct score_conf conf = {
	.raise = 0.8, .clear = 0.4, .horizon_s = 600, .warmup_s = 60
};

static struct rig {
	struct table table;
	struct scorer scorer;
	struct event_queue events;
	double now_s;
	unsigned raised, cleared; /* events since rig_start() */
	double raised_s, left_s;  /* of the first alarm */
	struct event last;
} g;

static inline int rig_start(__attribute__((unused)) void **state)
{
	score_state_discard(&g.scorer);
	memset(&g, 0, sizeof(g));
	g.now_s = 1e6;
	srand48(7);
	return 0;
}

/* Starts a tick `dt_s` after the last one. */
static inline void rig_tick(double dt_s)
{
	table_tick(&g.table, (uint64_t)((g.now_s += dt_s) * 1000));
}

/* Scores the values set since rig_tick(), and counts the resulting events. */
static inline void rig_score(void)
{
	score_update(&g.scorer, &g.table, &conf, &g.events);
	while (event_pop(&g.events, &g.last)) {
		if (g.last.kind == EVENT_RAISED && g.raised++ == 0) {
			g.raised_s = g.now_s;
			g.left_s = g.last.left_s;
		}
		g.cleared += g.last.kind == EVENT_CLEARED;
	}
}

static inline void rig_sample(struct series *s, double dt_s, double value)
{
	rig_tick(dt_s);
	series_set(s, &g.table, value);
	rig_score();
}

static inline const struct verdict *rig_verdict(const struct series *s)
{
	return score_verdict(&g.scorer, &g.table, (unsigned)(s - g.table.series));
}

/* Replaces the scorer and the table by new ones that read the saved state, as a restart of the daemon does. */
static inline int rig_restart(const char *boot)
{
	score_state_discard(&g.scorer);
	memset(&g.scorer, 0, sizeof(g.scorer));
	memset(&g.table, 0, sizeof(g.table));
	return score_state_load(&g.scorer, boot);
}

static inline double rig_gauss(void)
{
	return sqrt(-2 * log(1 - drand48())) * cos(2 * M_PI * drand48());
}

#endif
