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
	JOINT_PARTS = 3,    /* directions */
	JOINT_WARMUP = 300, /* samples before anything is said */
	JOINT_BINS = 64,    /* of what was before */
};

struct joint_metric {
	float mean, var;          /* slow, and an incident moves them little */
	float along[JOINT_PARTS]; /* its part in each direction */
	float share;              /* in the last strangeness, 0 to 1; 0 while it is not known */
	uint16_t seen;            /* samples taken in, up to what matters */
};

struct joint {
	uint32_t n;               /* samples taken in */
	float power[JOINT_PARTS]; /* mean square along each direction */
	float strange;            /* smoothed logarithm of what lies outside */
	float usual, spread;      /* of it: mean, mean deviation */
	float past[JOINT_BINS];   /* how often it lay where, fading */
};

void joint_start(struct joint *k);

/* A metric is new, or stands for another resource from now on. */
void joint_forget(struct joint_metric *m);

/*
 * Takes in one sample of all metrics, x[i] beside m[i]; what is not finite is neither learnt nor
 * judged.  Returns how strange the whole is, 0 to 1: 0.5 is seen once in a thousand samples while
 * nothing is wrong, 0.25 once in ten.  0 during the warm-up, NAN while nothing is known that is not new.
 */
double joint_add(struct joint *k, struct joint_metric *m, const double *x, size_t count);

#endif
