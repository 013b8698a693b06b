/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/calibrate.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What trees said of recorded episodes that they had not been trained on, and how often it came so, with
 * straight lines between.  They are trained to be wary (ramps that stop, machines that never fail), and so
 * say too little in the middle.  0.8, where an alarm is raised unless set otherwise, stays where it is.
 */
static const struct {
	double said, came;
} knot[] = { { 0, 0 }, { 0.01, 0.003 }, { 0.03, 0.018 }, { 0.06, 0.05 }, { 0.103, 0.116 },
	{ 0.18, 0.19 }, { 0.275, 0.29 }, { 0.33, 0.325 }, { 0.41, 0.39 }, { 0.5, 0.53 },
	{ 0.6, 0.7 }, { 0.68, 0.785 }, { 0.7999, 0.797 }, { 0.8, 0.905 }, { 0.85, 0.943 },
	{ 0.9, 0.963 }, { 0.94, 0.985 }, { 0.96, 0.998 }, { 1, 1 } };

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
