/* SPDX-License-Identifier: Apache-2.0 */
/* scorer.c - what a tick costs the scorer: 64 metrics, 12 of them bounded, four horizons. */
#include <stdio.h>
#include <time.h>

#include "agent/exhaust_tables.h"
#include "agent/score.h"

enum { SERIES = 64, BOUNDED = 12, TICKS = 20000 };

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

int main(void)
{
	static struct table table;
	static struct scorer scorer;
	static struct event_queue events;
	const struct score_conf cf = { .raise = 0.8, .clear = 0.4, .horizon_s = 600 };
	struct series *s[SERIES];
	size_t state;
	char name[32];
	double ns;

	for (int i = 0; i < SERIES; i++) {
		(void)snprintf(name, sizeof(name), i < BOUNDED ? "r%d.used_ratio" : "gauge%d", i);
		s[i] = table_series(&table, name, "");
	}
	ns = now_ns();
	for (int t = 1; t <= TICKS; t++) {
		struct event e;

		table_tick(&table, (uint64_t)t * 10000);
		for (int i = 0; i < SERIES; i++)
			series_set(s[i], &table, 0.5 + 0.0001 * ((t * 7 + i * 13) % 101));
		score_update(&scorer, &table, &cf, &events);
		while (event_pop(&events, &e))
			;
	}
	ns = now_ns() - ns;
	state = SERIES * sizeof(struct score) +
	        BOUNDED * (sizeof(struct bound) + sizeof(struct cause)) + sizeof(struct horizons) +
	        sizeof(risk_trees) + sizeof(left_trees);
	printf("bench score_tick %.1f us\n", ns / TICKS / 1000);
	printf("bench score_per_sample %.0f ns\n", ns / TICKS / BOUNDED);
	printf("bench score_state %.1f KiB\n", (double)state / 1024);
	printf("bench score_state_of_a_bound %zu byte\n",
	        sizeof(struct bound) + sizeof(struct score));
	return left_span[0].low > 0;
}
