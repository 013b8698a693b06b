/* SPDX-License-Identifier: Apache-2.0 */
/* score_raise.c - from "at most so many false alarms a month" to the risk at which one is raised. */
#include <math.h>
#include <stddef.h>

#include "agent/score.h"

/*
 * False alarms of memory in 30 days at a horizon of an hour, by the risk at which they are raised, as
 * tests/prediction/bench-exhaustion has them on 55 machines that did not fail (held out; none at 0.95 in
 * 294 days).  Between them the logarithm is a straight line.
 */
static const struct {
	double alarms, raise;
} measured[] = { { 2.1, 0.5 }, { 1.2, 0.65 }, { 0.31, 0.8 }, { 0.3, 0.9 }, { 0.1, 0.95 } };

double score_raise(const struct score_conf *cf)
{
	const size_t n = sizeof(measured) / sizeof(measured[0]);

	if (cf->false_alarms <= 0)
		return cf->raise;
	if (cf->false_alarms >= measured[0].alarms)
		return measured[0].raise;
	for (size_t i = 1; i < n; i++) {
		double part = log(measured[i - 1].alarms / cf->false_alarms) /
		              log(measured[i - 1].alarms / measured[i].alarms);

		if (cf->false_alarms >= measured[i].alarms)
			return measured[i - 1].raise +
			       part * (measured[i].raise - measured[i - 1].raise);
	}
	return measured[n - 1].raise;
}
