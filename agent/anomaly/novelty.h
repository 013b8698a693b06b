/* SPDX-License-Identifier: Apache-2.0 */
/*
 * novelty.h - scores how unlike its own past a metric is, sample by sample, without training.
 *
 * The score is strictly causal and uses one setting for every metric.  It answers four questions: does the value
 * leave the range seen so far, does its short mean, does its variability, and has the latest shape of the series
 * been seen before?  An unusual metric is not a failing one: see prehup-prediction(7).
 *
 * Pure arithmetic without libm functions whose last bit differs, so that the same samples give the same scores on
 * every platform.  Samples are taken as evenly spaced.
 */
#ifndef AGENT_ANOMALY_NOVELTY_H
#define AGENT_ANOMALY_NOVELTY_H

#include <stdint.h>

enum {
	NOVELTY_WARMUP = 100, /* samples before the first score */
	NOVELTY_PIECE = 7,    /* samples in a piece */
	NOVELTY_SHAPE_PIECES = 6,
	NOVELTY_LAGS = 176, /* pieces remembered */
};

/* The question with the highest part in a score. */
enum novelty_reason {
	NOVELTY_NONE,
	NOVELTY_LEVEL,       /* the value leaves the range seen so far */
	NOVELTY_MEAN,        /* the short mean leaves its range */
	NOVELTY_VARIABILITY, /* the variability leaves its range, upwards or downwards */
	NOVELTY_SHAPE,       /* no remembered shape is like the latest */
	NOVELTY_REASONS
};

struct novelty_range {
	double low, high;
};

struct novelty {
	uint32_t n;                 /* samples seen */
	uint8_t why;                /* enum novelty_reason of the last sample */
	uint8_t in_piece;           /* samples in the current piece */
	uint16_t pieces;            /* complete pieces, at most those that are kept */
	float envelope;             /* highest recent sum, decaying */
	float piece;                /* sum of the current piece */
	float distance;             /* from the latest shape to the second nearest */
	float usual_distance;       /* slow mean of `distance` */
	double mean, var;           /* slow: the scale of the shapes */
	double short_mean;          /* over two or three samples */
	double centre, variability; /* a short mean, and the mean square around it */
	struct novelty_range level, means, variabilities;
	uint16_t lag_distance[NOVELTY_LAGS]; /* from the latest shape to that so many pieces ago */
	int8_t past[NOVELTY_LAGS + NOVELTY_SHAPE_PIECES + 2]; /* pieces, newest first */
};

void novelty_start(struct novelty *k);

/*
 * Adds a sample and returns its score, 0 to 1; from 0.5 it is reported.  After a high score only a much higher one
 * is returned for a while.  Returns 0 during the warm-up.  Skips a value that is not finite and returns NAN.
 */
double novelty_update(struct novelty *k, double x);

/* Returns "none", "level", "mean", "unrest" or "shape". */
const char *novelty_label(enum novelty_reason why);

#endif
