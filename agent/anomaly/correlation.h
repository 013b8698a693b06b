/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correlation.h - all metrics together: do they still move as they always moved together?
 *
 * A few directions in which the metrics move together are learnt as they come (Oja 1982, Sanger 1989).
 * What of a sample lies outside of them is how strange the whole is; each metric's share in it is the
 * explanation.  That is one number for the machine, and it is judged by how often this machine was as
 * strange before: two hundred metrics alarm no more often than two.
 *
 * Pure arithmetic: no clock, no I/O, no allocation.  28 bytes a metric, 330 in all beside.
 */
#ifndef AGENT_ANOMALY_CORRELATION_H
#define AGENT_ANOMALY_CORRELATION_H

#include <stddef.h>
#include <stdint.h>

enum {
	CORRELATION_COMPONENTS = 3, /* directions */
	CORRELATION_WARMUP = 300,   /* samples before anything is said */
	CORRELATION_BINS = 64,      /* of what was before */
};

struct correlation_metric {
	float mean, var;                     /* slow, and an incident moves them little */
	float along[CORRELATION_COMPONENTS]; /* its part in each direction */
	float share;   /* in the last strangeness, 0 to 1; 0 while it is not known */
	uint16_t seen; /* samples taken in, up to what matters */
};

struct correlation {
	uint32_t n;                          /* samples taken in */
	float power[CORRELATION_COMPONENTS]; /* mean square along each direction */
	float strange;                       /* smoothed logarithm of what lies outside */
	float usual, spread;                 /* of it: mean, mean deviation */
	float past[CORRELATION_BINS];        /* how often it lay where, fading */
};

void correlation_start(struct correlation *k);

/* A metric is new, or stands for another resource from now on. */
void correlation_forget(struct correlation_metric *m);

/*
 * Takes in one sample of all metrics, x[i] beside m[i]; what is not finite is neither learnt nor
 * judged.  Returns how strange the whole is, 0 to 1: 0.5 is seen once in a thousand samples while
 * nothing is wrong, 0.25 once in ten.  0 during the warm-up, NAN while nothing is known that is not new.
 */
double correlation_update(
        struct correlation *k, struct correlation_metric *m, const double *x, size_t count);

#endif
