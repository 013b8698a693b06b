/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.c - what the scorer sees of recorded episodes and what it says, for tests/prediction.
 *
 * stdin, all native doubles: ID, HORIZON_S, EVERY, N, then N pairs TIME_S, USED_RATIO; again and again.
 * stdout, native floats, for each EVERYth point that became complete: ID, time, value, points so far, the
 * risk of this point alone, the time left in horizons, the features.
 *
 * -DTABLES='"FILE"' has it speak for other tables than the ones of the daemon.
 */
#include <math.h>
#include <stdio.h>

#include "agent/calibrate.h"
#include "agent/forest.h"
#include "agent/trend.h"

#ifndef TABLES
#define TABLES "agent/exhaust_tables.h"
#endif
#include TABLES

enum { HEAD = 6 };

static int episode(const double head[static 4])
{
	struct trend_fade fade = { 0 };
	struct trend k;
	double before = 0, said, tu[2];
	float row[HEAD + TREND_FEATURES];
	unsigned points = 0;

	trend_start(&k);
	for (double i = 0; i < head[3]; i++) {
		bool complete;

		if (fread(tu, sizeof(tu), 1, stdin) != 1)
			return 1;
		complete = i == 0 || tu[0] > before;
		complete = complete && trend_add(&k, tu[1], (tu[0] - before) / head[1], &fade);
		before = tu[0];
		if (!complete || points++ % (unsigned)head[2])
			continue;
		row[0] = (float)head[0];
		row[1] = (float)tu[0];
		row[2] = (float)tu[1];
		row[3] = (float)k.n;
		(void)trend_features(&k, row + HEAD);
		said = 1 / (1 + exp(-(risk_base + forest_sum_or_exit(risk_trees, RISK_TREES, risk_exits, row + HEAD))));
		row[4] = (float)calibrate(said, row + HEAD);
		row[5] = beyond_doubt(row + HEAD)
		                 ? row[HEAD]
		                 : (float)exp(left_base +
		                              forest_sum(left_trees, LEFT_TREES, row + HEAD));
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
