/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.c - what the scorer sees of recorded episodes and what it says, for tests/prediction.
 *
 * stdin, all native doubles: ID, HORIZON_S, EVERY, N, then N pairs TIME_S, USED_RATIO; again and again.
 * stdout, native floats, for each EVERYth point that became complete: ID, time, value, points so far, the
 * risk (0 of the first few), the time left in horizons, the features.
 *
 * With -include FILE for other tables than the ones of the daemon.
 */
#include <math.h>
#include <stdio.h>

#include "agent/predict/exhaustion.c"

enum { HEAD = 6 };

static int episode(const double head[static 4])
{
	struct horizons h = { 0 };
	struct exhaustion x;
	const struct trend *k = &x.trend[0];
	double before = 0, tu[2];
	float row[HEAD + TREND_FEATURES];
	unsigned points = 0;

	horizons_set(&h, head[1], true);
	exhaustion_start(&x);
	for (double i = 0; i < head[3]; i++) {
		unsigned n = k->n;

		if (fread(tu, sizeof(tu), 1, stdin) != 1)
			return 1;
		if (i == 0 || tu[0] > before)
			exhaustion_update(&x, &h, tu[1], tu[0] - before);
		before = tu[0];
		if (k->n == n || points++ % (unsigned)head[2])
			continue;
		row[0] = (float)head[0];
		row[1] = (float)tu[0];
		row[2] = (float)tu[1];
		row[3] = (float)k->n;
		(void)trend_features(k, row + HEAD);
		row[4] = isnan(x.outlook[0].risk) ? 0 : x.outlook[0].risk;
		row[5] = is_certain_ramp(row + HEAD)
		                 ? row[HEAD]
		                 : (float)exp(left_base +
		                              trees_sum(left_trees, LEFT_TREES, row + HEAD));
		if (fwrite(row, sizeof(row), 1, stdout) != 1)
			return 1;
	}
	return left_span[LEFT_SPANS - 1].high < 0;
}

int main(void)
{
	double head[4];

	while (fread(head, sizeof(head), 1, stdin) == 1)
		if (episode(head))
			return 1;
	return 0;
}
