/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correlation.h - scores whether all metrics still move together as they did before.
 *
 * The principal components of the metrics are learnt online (Oja 1982, Sanger 1989).  The residual is the part of a
 * sample outside these components; each metric's contribution to it explains the score.  The residual is ranked
 * among the machine's earlier ones, so that two hundred metrics alarm no more often than two.
 *
 * Pure arithmetic.  The state is 28 bytes a metric and 330 bytes besides.
 */
#ifndef AGENT_ANOMALY_CORRELATION_H
#define AGENT_ANOMALY_CORRELATION_H

#include <stddef.h>
#include <stdint.h>

enum {
	CORRELATION_COMPONENTS = 3, /* principal components */
	CORRELATION_WARMUP = 300,   /* samples before the first score */
	CORRELATION_BINS = 64,      /* of the histogram of earlier residuals */
};

struct correlation_metric {
	float mean, var;                       /* slow; an incident moves them little */
	float loading[CORRELATION_COMPONENTS]; /* its part in each component */
	float contribution;                    /* to the last residual, 0 to 1; 0 while unknown */
	uint16_t seen;                         /* samples seen, up to a bound */
};

struct correlation {
	uint32_t n;                             /* samples seen */
	float variance[CORRELATION_COMPONENTS]; /* mean square of each component */
	float residual;               /* smoothed logarithm of the part outside the components */
	float usual, spread;          /* mean and mean deviation of the residual */
	float past[CORRELATION_BINS]; /* decaying histogram of the residual */
};

void correlation_start(struct correlation *k);

/* Discards the state of a metric that is new or belongs to another resource now. */
void correlation_forget(struct correlation_metric *m);

/*
 * Adds one sample of all metrics, x[i] for m[i]; values that are not finite are skipped.  Returns the score, 0 to 1:
 * a healthy machine reaches 0.5 once in a thousand samples, 0.25 once in ten.  Returns 0 during the warm-up, NAN
 * while all metrics are new.
 */
double correlation_update(
        struct correlation *k, struct correlation_metric *m, const double *x, size_t count);

#endif
