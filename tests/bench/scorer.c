/* SPDX-License-Identifier: Apache-2.0 */
/* scorer.c - what one sample costs the scorer, in time and in memory. */
#include <stdio.h>
#include <time.h>

#include "agent/score.h"

enum { SERIES = 64, TICKS = 20000 };

int main(void)
{
	static struct table table;
	static struct scorer scorer;
	static struct event_queue events;
	const struct score_conf cf = { .raise = 0.8, .clear = 0.4, .horizon_s = 900 };
	struct series *s[SERIES];
	struct timespec a, b;
	char name[32];
	double ns;

	for (int i = 0; i < SERIES; i++) {
		(void)snprintf(name, sizeof(name), "r%d.used_ratio", i);
		s[i] = table_series(&table, name, "");
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int t = 1; t <= TICKS; t++) {
		struct event e;

		table_tick(&table, (uint64_t)t * 10000);
		for (int i = 0; i < SERIES; i++)
			series_set(s[i], &table, 0.5 + 0.0001 * ((t * 7 + i * 13) % 101));
		score_update(&scorer, &table, &cf, &events);
		while (event_pop(&events, &e))
			;
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ns = 1e9 * (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec);
	printf("bench score_per_sample %.0f ns\n", ns / TICKS / SERIES);
	printf("bench score_state %zu byte/series\n", sizeof(struct score));
	return 0;
}
