/* SPDX-License-Identifier: Apache-2.0 */
/* novelty.c - any numbers as samples: scores stay within 0 and 1, whatever was learnt. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/anomaly/correlation.h"
#include "agent/anomaly/novelty.h"
#include "agent/predict/drive_model.h"

enum { METRICS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(double v)
{
	if (!isnan(v) && !(v >= 0 && v <= 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct novelty *k = malloc(sizeof(*k));
	struct correlation_metric m[METRICS] = { 0 };
	struct drive_reading r = { 0 };
	struct correlation j;
	struct drive_model w;
	double x[METRICS] = { 0 };
	size_t n = 0;

	if (!k)
		abort();
	novelty_start(k);
	correlation_start(&j);
	drive_model_start(&w);
	for (size_t at = 1; at + 9 <= size; at += 9, n++) {
		/* a number, and how often it comes */
		memcpy(&x[n % METRICS], data + at, sizeof(double));
		r.counter[n % DRIVE_COUNTERS] = x[n % METRICS];
		for (unsigned i = 0; i <= data[at + 8]; i++)
			within(novelty_update(k, x[n % METRICS]));
		within(correlation_update(&j, m, x, METRICS));
		drive_model_update(&w, &r, x[(n + 1) % METRICS]);
		within(drive_model_risk(&w, &r));
	}
	free(k);
	return 0;
}
