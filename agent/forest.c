/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/forest.h"

double forest_sum(const struct tree *trees, unsigned count, const float *features)
{
	int32_t sum = 0; /* whole numbers: the same on every platform, in any order */

	for (const struct tree *t = trees; t < trees + count; t++) {
		unsigned i = 0;

		for (int depth = 0; depth < 3; depth++)
			i = 2 * i + 1 + (features[t->feature[i]] > t->at[i]);
		sum += t->leaf[i - 7];
	}
	return sum / 8192.0;
}
