/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drive_features.c - the features and the risk of drives as the daemon computes them, for drives.py.
 *
 * stdin, native doubles, one record for each reading: 1 for the first of a drive, else 0; hours since the
 * reading before; the counters, NAN for those that the drive does not have.
 * stdout, native floats, for each: the risk within a month, NAN when unknown; the features.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/predict/drive_model.h"

int main(void)
{
	struct {
		double starts, dt_h, counter[DRIVE_COUNTERS];
	} in;
	float row[1 + DRIVE_MODEL_FEATURES];
	struct drive_model model;

	drive_model_start(&model);
	while (fread(&in, sizeof(in), 1, stdin) == 1) {
		struct drive_reading r = { .failing_now = false };

		if (in.starts > 0)
			drive_model_start(&model);
		memcpy(r.counter, in.counter, sizeof(r.counter));
		drive_model_update(&model, &r, in.dt_h);
		row[0] = (float)drive_model_risk(&model, &r);
		drive_model_features(&model, row + 1);
		if (fwrite(row, sizeof(row), 1, stdout) != 1)
			return 1;
	}
	return 0;
}
