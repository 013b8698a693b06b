/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/calibrate.h"

#include <stddef.h>

/*
 * What trees said of recorded episodes that they had not been trained on, and how often it came so, with
 * straight lines between.  They are trained to be wary (ramps that stop, machines that never fail), and so
 * say too much of what is unlikely.  0.87 of theirs is where an alarm is raised unless set otherwise, 0.8:
 * there one in twenty-five is false; at their 0.8 it is one in twelve.
 */
static const struct {
	double said, came;
} knot[] = { { 0, 0 }, { 0.01, 0.0015 }, { 0.02, 0.004 }, { 0.04, 0.015 }, { 0.08, 0.045 },
	{ 0.12, 0.08 }, { 0.18, 0.14 }, { 0.25, 0.19 }, { 0.33, 0.25 }, { 0.41, 0.31 },
	{ 0.5, 0.39 }, { 0.6, 0.53 }, { 0.68, 0.66 }, { 0.75, 0.74 }, { 0.8699, 0.797 },
	{ 0.87, 0.91 }, { 0.9, 0.95 }, { 0.94, 0.97 }, { 0.97, 0.99 }, { 1, 1 } };

/*
 * A line that is beyond doubt, goes far beyond where it has been, does not slow down, and is so fast that the
 * limit is well within the horizon: a file that is copied, faster and straighter than what was recorded.
 * Where it would stop nobody can tell from it; who waits until the trees are sure has no time left.  The
 * fastest have to be sure at the shortest scale, those that leave more time at three.
 */
static const double certain = 0.85;

bool beyond_doubt(const float f[static TREND_FEATURES])
{
	const float left = 0.36F, slows = -0.15F;

	if (f[0] >= left || f[20] < slows)
		return false;
	if (f[11] > 0.7F * f[0])
		return f[5] > 8 && f[6] > 4 && f[12] > 0.2F;
	return f[11] > 0.46F * f[0] && f[11] > 0.46F * f[1] && f[1] < left && f[12] > 0.12F &&
	       f[5] > 20 && f[6] > 20 && f[7] > 20;
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
