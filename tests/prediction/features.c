/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.c - what the scorer sees of an episode, for tests/prediction/fit.
 *
 * stdin: "E ID HORIZON_S" begins an episode, "TIME_S USED_RATIO" is a sample.  stdout: ID, time, value,
 * the features, does it break out, samples so far.
 */
#include <stdio.h>

#include "agent/trend.h"

int main(void)
{
	double horizon_s = 1, before = 0, t, u, f[TREND_FEATURES];
	struct trend k;
	char line[256];
	int id = 0;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "E %d %lf", &id, &horizon_s) == 2) {
			trend_start(&k);
			continue;
		}
		if (sscanf(line, "%lf %lf", &t, &u) != 2 || (k.n && t <= before))
			continue;
		trend_add(&k, u, t - before, horizon_s);
		before = t;
		trend_features(&k, horizon_s, f);
		printf("%d %.3f %.5f", id, t, u);
		for (int i = 0; i < TREND_FEATURES; i++)
			printf(" %.5f", f[i]);
		printf(" %d %u\n", trend_breaks_out(&k), k.n);
	}
	return 0;
}
