/* SPDX-License-Identifier: Apache-2.0 */
/*
 * novelty.h - how unlike its own past a metric is: one number per sample, learnt from nothing.
 *
 * Four plain questions, strictly causal and with one setting for every metric: does the value leave
 * the range seen so far, does its short mean, does its unrest, and has this stretch of the series a
 * like in what is remembered?  Unusual is not failing: novelty raises the odds of a cause, it never
 * stands for one.  See prehup-prediction(7).
 *
 * Pure arithmetic: no clock, no I/O, no allocation, nothing of libm whose last bit differs, so that the
 * same samples give the same scores on every platform.  Samples are taken as evenly spaced.
 */
#ifndef AGENT_ANOMALY_NOVELTY_H
#define AGENT_ANOMALY_NOVELTY_H

#include <stddef.h>
#include <stdint.h>

/* How much of the past is remembered: 176 pieces of 7 samples, or 400 of 14 and 384 of 3. */
enum novelty_form { NOVELTY_LEAN, NOVELTY_FULL };

enum {
	NOVELTY_SCALES = 2,
	NOVELTY_WARMUP = 100, /* samples before anything is said */
	NOVELTY_LEAN_LAGS = 176,
	NOVELTY_FULL_LAGS = 400,
	NOVELTY_SHORT_LAGS = 384, /* of the short pieces of the full form */
};

/* The question that was answered with "no" the loudest. */
enum novelty_reason {
	NOVELTY_NONE,
	NOVELTY_LEVEL,       /* it leaves the range seen so far */
	NOVELTY_MEAN,        /* its short mean does */
	NOVELTY_VARIABILITY, /* it varies more, or less, than it ever did */
	NOVELTY_SHAPE,       /* nothing that is remembered looks like this */
	NOVELTY_REASONS
};

struct novelty_span {
	double low, high;
};

/* The last few pieces, beside all those remembered. */
struct novelty_shape {
	float piece;      /* sum of the piece under way */
	float distance;   /* to the second nearest of the past */
	float usual;      /* what that is as a rule */
	uint16_t pieces;  /* seen, up to what is remembered */
	uint8_t in_piece; /* samples in the piece under way */
};

struct novelty {
	uint32_t n;          /* samples taken in */
	uint8_t form, why;   /* enum novelty_form; enum novelty_reason of the last sample */
	float rare;          /* how rare the distance of short pieces is */
	float envelope;      /* the loudest that was said of late, fading */
	double mean, var;    /* slow: what the shapes are measured in */
	double quick;        /* short mean */
	double near, unrest; /* where unrest is measured from; its mean square */
	struct novelty_span level, quicks, unrests;
	struct novelty_shape shape[NOVELTY_SCALES];
	uint16_t store[]; /* novelty_size() has room for it */
};

/* Bytes of a struct novelty with its memory: a multiple of its alignment. */
size_t novelty_size(enum novelty_form form);

void novelty_start(struct novelty *k, enum novelty_form form);

/*
 * Takes in a sample and returns its novelty, 0 to 1; from 0.5 it is worth a word.  After a high score
 * only a much higher one is given for a while.  0 during the warm-up.  A value that is not finite is not
 * taken in and yields NAN.
 */
double novelty_add(struct novelty *k, double x);

/* "level", "mean", "unrest", "shape" */
const char *novelty_label(enum novelty_reason why);

#endif
