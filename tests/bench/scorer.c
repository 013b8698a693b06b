/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scorer.c - the cost of a tick in the whole scorer, anomalies included: 64 metrics, 12 of them
 * bounded, four horizons; and of each part.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/predict/model/exhaustion_table.h"
#include "agent/predict/score.h"

enum { SERIES = 64, BOUNDED = 12, TICKS = 20000 };

static struct table table;
static struct series *series[SERIES];

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* Returns nanoseconds of a tick. `u` NULL: without the anomaly detector. */
static double ticks(struct anomaly *u)
{
	static struct scorer scorer;
	static struct event_queue events;
	const struct score_conf cf = { .raise = 0.8, .clear = 0.4, .horizon_s = 600 };
	double ns = now_ns();

	for (int t = 1; t <= TICKS; t++) {
		struct event e;

		table_tick(&table, table.now_ms + 10000);
		for (int i = 0; i < SERIES; i++)
			series_set(series[i], &table, 0.5 + 0.0001 * ((t * 7 + i * 13) % 101));
		if (u)
			anomaly_effect_update(&scorer.anomaly, u, &table);
		score_update(&scorer, &table, &cf, &events);
		while (event_pop(&events, &e))
			;
	}
	return (now_ns() - ns) / TICKS;
}

/* Returns the nanoseconds that one sample of one metric takes. */
static double time_novelty_update(void)
{
	static struct novelty k;
	double ns, sum = 0;

	novelty_start(&k);
	ns = now_ns();
	for (int t = 1; t <= TICKS * 20; t++)
		sum += novelty_update(&k, 0.0001 * (t % 997 * 7919 % 10007));
	ns = now_ns() - ns;
	return sum >= 0 ? ns / (TICKS * 20) : 0;
}

int main(void)
{
	struct anomaly *u = anomaly_new(ANOMALY_UNSCORED);
	const size_t judged = BOUNDED * (sizeof(struct score) + sizeof(struct bound) +
	                                        sizeof(struct risk_group)),
	             each = SERIES * (sizeof(uint32_t) + sizeof(uint16_t)),
	             trees = sizeof(risk_trees) + sizeof(left_trees),
	             odd = anomaly_bytes(SERIES, SERIES - BOUNDED) + sizeof(struct anomaly_effect);
	char name[32];

	if (!u)
		return 1;
	for (int i = 0; i < SERIES; i++) {
		(void)snprintf(name, sizeof(name), i < BOUNDED ? "r%d.used_ratio" : "gauge%d", i);
		series[i] = table_series(&table, name, "");
	}
	printf("bench score_tick_without_unusual %.1f us\n", ticks(NULL) / 1000);
	printf("bench score_tick %.1f us\n", ticks(u) / 1000);
	printf("bench novelty_per_sample %.0f ns\n", time_novelty_update());
	printf("bench novelty_state %zu byte\n", sizeof(struct novelty));
	printf("bench score_state %.1f kB\n", (double)(judged + each + trees + odd) / 1000);
	printf("bench score_state_of_bounds %.1f kB\n", (double)judged / 1000);
	printf("bench score_state_of_tables %.1f kB\n", (double)trees / 1000);
	printf("bench score_state_of_unusual %.1f kB\n", (double)odd / 1000);
	free(u);
	return left_span[0].low > 0;
}
