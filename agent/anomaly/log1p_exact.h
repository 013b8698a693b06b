/* SPDX-License-Identifier: Apache-2.0 */
/* log1p_exact.h - a logarithm that is the same to the last bit wherever it is computed, which libm's is not. */
#ifndef AGENT_ANOMALY_LOG1P_EXACT_H
#define AGENT_ANOMALY_LOG1P_EXACT_H

#include <math.h>

/* ln(1 + x) to six digits in plain arithmetic; 0 for x <= 0, finite for all that is finite. */
static inline double ln1p(double x)
{
	int e;
	double m, y, yy;

	if (x <= 0)
		return 0;
	m = frexp(1 + x, &e);
	if (m < 0.70710678118654752) {
		m *= 2;
		e--;
	}
	y = (m - 1) / (m + 1);
	yy = y * y;
	return 2 * y * (1 + yy * (1.0 / 3 + yy * (1.0 / 5 + yy * (1.0 / 7 + yy / 9)))) +
	       e * 0.69314718055994531;
}

#endif
