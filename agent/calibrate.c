/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/calibrate.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the trees said of the recorded episodes and how often it came so, with straight lines between.  They
 * are trained to be wary (ramps that stop, machines that never fail), and so say too little in the middle.
 * 0.8, where an alarm is raised unless set otherwise, stays where it is.
 */
static const struct {
	double said, came;
} knot[] = { { 0, 0 }, { 0.03, 0.018 }, { 0.12, 0.125 }, { 0.2, 0.225 }, { 0.3, 0.36 },
	{ 0.45, 0.48 }, { 0.55, 0.62 }, { 0.65, 0.73 }, { 0.72, 0.785 }, { 0.7999, 0.797 },
	{ 0.8, 0.86 }, { 0.87, 0.93 }, { 0.93, 0.97 }, { 0.97, 0.99 }, { 1, 1 } };

/*
 * A line that is beyond doubt at both short scales, goes where it has not been, does not slow down, and
 * is about to arrive: a file that is copied, faster and straighter than anything that was trained on.  Of
 * such points in recorded episodes 99 % were followed by a failure.
 */
static const double certain = 0.85;

static bool beyond_doubt(const float *f)
{
	const float sure = 8, left = 0.2F;

	return f[5] > sure && f[6] > sure && f[0] < left && f[1] < left && f[12] > 0.05F &&
	       f[20] > -0.15F;
}

double calibrate(double said, const float features[static TREND_FEATURES])
{
	const size_t n = sizeof(knot) / sizeof(knot[0]);
	double risk = 1;

	for (size_t i = 1; i < n; i++) {
		if (said > knot[i].said)
			continue;
		risk = knot[i - 1].came + (said - knot[i - 1].said) /
		                                  (knot[i].said - knot[i - 1].said) *
		                                  (knot[i].came - knot[i - 1].came);
		break;
	}
	return risk < certain && beyond_doubt(features) ? certain : risk;
}
