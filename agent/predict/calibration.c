/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/calibration.h"

#include <stddef.h>

#include "agent/base/text.h"

/*
 * What trees said of recorded episodes that they had not been trained on, and how often it came so, with
 * straight lines between.  They are trained to be wary (ramps that stop, machines that never fail), and so
 * say too much of what is unlikely.  0.862 of theirs is where an alarm is raised unless set otherwise, 0.8.
 */
static const struct {
	double said, came;
} knot[] = { { 0, 0 }, { 0.01, 0.0018 }, { 0.02, 0.004 }, { 0.035, 0.016 }, { 0.05, 0.032 },
	{ 0.07, 0.055 }, { 0.09, 0.07 }, { 0.135, 0.1 }, { 0.2, 0.165 }, { 0.27, 0.24 },
	{ 0.35, 0.296 }, { 0.43, 0.345 }, { 0.475, 0.383 }, { 0.525, 0.475 }, { 0.575, 0.565 },
	{ 0.66, 0.657 }, { 0.7, 0.73 }, { 0.765, 0.77 }, { 0.8619, 0.797 }, { 0.862, 0.885 },
	{ 0.89, 0.927 }, { 0.91, 0.96 }, { 0.95, 0.986 }, { 0.965, 0.996 }, { 1, 1 } };

/*
 * A line that is beyond doubt, goes far beyond where it has been, does not slow down, and is so fast that the
 * limit is well within the horizon: a file that is copied, faster and straighter than what was recorded.
 * Where it would stop nobody can tell from it; who waits until the trees are sure has no time left.  The
 * fastest have to be sure at the shortest scale, those that leave more time at three.
 */
bool is_certain_ramp(const float f[static TREND_FEATURES])
{
	const float left = 0.36F, slows = -0.15F;

	if (f[0] >= left || f[20] < slows)
		return false;
	if (f[11] > 0.7F * f[0])
		return f[5] > 8 && f[6] > 4 && f[12] > 0.2F;
	return f[11] > 0.46F * f[0] && f[11] > 0.46F * f[1] && f[1] < left && f[12] > 0.12F &&
	       f[5] > 20 && f[6] > 20 && f[7] > 20;
}

double calibrate(double said)
{
	size_t i = 1;

	while (i < ARRAY_SIZE(knot) - 1 && said > knot[i].said)
		i++;
	return knot[i - 1].came + (said - knot[i - 1].said) / (knot[i].said - knot[i - 1].said) *
	                                  (knot[i].came - knot[i - 1].came);
}
