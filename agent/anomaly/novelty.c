/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/anomaly/novelty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/anomaly/log1p_exact.h"

#ifndef NOVELTY_KNOBS
#define NOVELTY_KNOBS static const
#endif

/* Found by tests/prediction/nab.c, as the middle of a plateau; none is a matter of one series; a set per form. */
NOVELTY_KNOBS struct knobs {
	double gain;                      /* how steeply leaving a range counts */
	double w_mean, w_unrest, w_shape; /* weights beside that of the level, which is 1 */
	double w_long, w_rank; /* in the full form, of the shape in long pieces, in short */
	double a_quick, a_near, a_unrest; /* rates of the short means */
	double a_slow;                    /* rate of the slow mean */
	double unit;    /* so many standard deviations are half of the scale of shapes */
	double a_usual; /* rate of the usual distance */
	double floor;   /* distance that is nothing anyhow */
	double g_shape; /* how steeply distance counts */
	double fade;    /* of the envelope, samples */
	double margin;  /* by so much louder than the envelope: one rise is not told ten times */
	double middle;  /* the sum that becomes 0.5 */
} knobs[] = {
	[NOVELTY_LEAN] = { 13, .22, 1.25, 1.1, 0, 0, .39, .05, .09, .0005, 4.8, .0002, 1.9, .9, 125,
	        .6, 1.1 },
	[NOVELTY_FULL] = { 14, .45, 1.16, 0, .78, .16, .4, .055, .075, .00052, 2.2, .00053, .7, .82,
	        168, .46, 1.3 },
};

/* Part of a range that is given up per sample. */
static const double forget = 5e-6;

/* How the past is cut. */
static const struct cut {
	int piece; /* samples in a piece */
	int shape; /* pieces in a shape */
	int apart; /* pieces: what is nearer is the shape itself */
	int lags;  /* pieces remembered */
} cuts[][NOVELTY_SCALES] = {
	[NOVELTY_LEAN] = { { 7, 6, 12, NOVELTY_LEAN_LAGS } },
	[NOVELTY_FULL] = { { 14, 4, 8, NOVELTY_FULL_LAGS }, { 3, 8, 16, NOVELTY_SHORT_LAGS } },
};

/* Distances of short pieces are counted in quarters of octaves, which is all that their rank needs. */
enum { RANKS = 32, RANK_UNIT = 8, RANKED_MOST = 1 << 14 };

/* Shapes to compare with, before anything is said. */
enum { FEW = 12 };

/* Values beyond are as good as infinite: their squares must still be finite. */
static const double widest = 1e150;

/* Leaving a range by so many times its width is as far as it goes. */
static const double farthest = 1e3;

/* A range is never narrower than this part of its level: the last digits are noise. */
static const double grain = 1e-6;

static int scales(enum novelty_form form)
{
	return form == NOVELTY_FULL ? NOVELTY_SCALES : 1;
}

/* Of one scale, in units of store: a sum per lag, then the pieces themselves. */
static size_t room(const struct cut *cut)
{
	return (size_t)cut->lags + (size_t)(cut->lags + cut->shape + 2) / 2;
}

/* The sums of a scale. */
static uint16_t *sums(struct novelty *k, int scale)
{
	return k->store + (scale > 0 ? room(&cuts[k->form][0]) : 0);
}

/* Of the full form: how many distances of short pieces fell into each bin. */
static uint16_t *ranked(struct novelty *k)
{
	return sums(k, 1) + room(&cuts[NOVELTY_FULL][1]);
}

size_t novelty_size(enum novelty_form form)
{
	size_t count = form == NOVELTY_FULL ? RANKS : 0, size, unit = _Alignof(struct novelty);

	for (int i = 0; i < scales(form); i++)
		count += room(&cuts[form][i]);
	size = sizeof(struct novelty) + count * sizeof(uint16_t);
	return (size + unit - 1) / unit * unit;
}

void novelty_start(struct novelty *k, enum novelty_form form)
{
	memset(k, 0, novelty_size(form));
	k->form = form;
}

static const struct knobs *knobs_of(const struct novelty *k)
{
	return &knobs[k->form];
}

/* A mean that is plain at first and exponential later. */
static double rate(const struct novelty *k, double a)
{
	return k->n * a < 1 ? 1.0 / k->n : a;
}

static double moved(double mean, double x, double rate)
{
	return mean + rate * (x - mean);
}

/* By how many of its widths does x leave the range?  The range, no narrower than so, then takes it in. */
static double exceed(struct novelty_span *s, double x, double narrowest)
{
	double width = s->high - s->low, forgotten = forget * width;
	double out = x > s->high ? x - s->high : x < s->low ? s->low - x : 0;

	if (out > 0)
		out /= fmax(width, narrowest);
	s->low = fmin(s->low + forgotten, x);
	s->high = fmax(s->high - forgotten, x);
	return out < farthest ? out : farthest;
}

/*
 * sum[] holds, for each lag, how far the last shape is from the one so many pieces ago.  The new piece
 * is compared with all before, and what the shape no longer covers is taken back: exact, in integers.
 */
static inline __attribute__((always_inline)) void slide(
        uint16_t *restrict sum, const int8_t *restrict past, int shape, int count)
{
	const int8_t in = past[0], out = past[shape];
	const int8_t *before = past + 1, *behind = past + 1 + shape;

	for (int lag = 0; lag < count; lag++)
		sum[lag] = (uint16_t)(sum[lag] + abs(in - before[lag]) - abs(out - behind[lag]));
}

/* The two nearest so far, and another one. */
static inline __attribute__((always_inline)) void nearer(int16_t d, int16_t *first, int16_t *second)
{
	int16_t more = d > *first ? d : *first;

	*second = more < *second ? more : *second;
	*first = d < *first ? d : *first;
}

/*
 * To the second nearest: one like it may be an earlier incident, two are a habit.  Each lane has its own two, so that
 * none waits for the one before; they are sums of shapes, far below the most that 16 bits hold.
 */
static int second_nearest(const uint16_t *sum, int from, int to)
{
	enum { LANES = 16 };
	int16_t first[LANES], second[LANES];
	int16_t one = INT16_MAX, two = INT16_MAX;
	int lag = from;

	for (int i = 0; i < LANES; i++)
		first[i] = second[i] = INT16_MAX;
	for (; lag + LANES <= to; lag += LANES) {
		for (int i = 0; i < LANES; i++)
			nearer((int16_t)sum[lag + i], &first[i], &second[i]);
	}
	for (int i = 0; lag + i < to; i++)
		nearer((int16_t)sum[lag + i], &first[i], &second[i]);
	for (int i = 0; i < LANES; i++) {
		nearer(first[i], &one, &two);
		nearer(second[i], &one, &two);
	}
	return two;
}

/*
 * How rare such a distance is among all before it in this series, as the logarithm of one in how many.
 * Half of those of its own bin count as further.
 */
static double rank(struct novelty *k, unsigned distance)
{
	uint16_t *bin = ranked(k);
	unsigned v = distance + RANK_UNIT, high = 31 - (unsigned)__builtin_clz(v);
	double beyond;
	unsigned at = 4 * (high - 3) + (v >> (high - 2)) % 4, all = 0, further = 0;

	for (unsigned i = 0; i < RANKS; i++) {
		all += bin[i];
		further += i > at ? bin[i] : 0;
	}
	beyond = further + 0.5 * bin[at];
	bin[at]++;
	if (all + 1 >= RANKED_MOST)
		for (unsigned i = 0; i < RANKS; i++)
			bin[i] /= 2;
	return ln1p((all - beyond) / (beyond + 1));
}

/* A piece is complete: is there anything like the last few of them in what is remembered? */
static void compare(struct novelty *k, int scale)
{
	struct novelty_shape *s = &k->shape[scale];
	const struct cut *cut = &cuts[k->form][scale];
	uint16_t *sum = sums(k, scale);
	int8_t *past = (int8_t *)(sum + cut->lags);
	int d, last;

	memmove(past + 1, past, (size_t)cut->lags + (size_t)cut->shape);
	past[0] = (int8_t)(s->piece * (127.0F / (float)cut->piece));
	s->piece = 0;
	s->in_piece = 0;
	if (s->pieces < cut->lags + cut->shape)
		s->pieces++;
	/* a count that the compiler knows */
	if (cut->lags == NOVELTY_FULL_LAGS)
		slide(sum, past, cut->shape, NOVELTY_FULL_LAGS);
	else if (cut->lags == NOVELTY_SHORT_LAGS)
		slide(sum, past, cut->shape, NOVELTY_SHORT_LAGS);
	else
		slide(sum, past, cut->shape, NOVELTY_LEAN_LAGS);
	last = s->pieces - cut->shape;
	if (last < cut->apart + FEW)
		return;
	d = second_nearest(sum, cut->apart, last);
	s->distance = (float)d / (float)cut->shape;
	if (scale > 0)
		k->rare = (float)rank(k, (unsigned)d);
}

/* Where a value lies on the slow mean's scale, -1 to 1: half way at `unit` standard deviations. */
static double place(const struct novelty *k, double x)
{
	double sd = sqrt(k->var), u = x - k->mean;

	return sd > 0 ? u / (knobs_of(k)->unit * sd + fabs(u)) : 0;
}

static void shape(struct novelty *k, int scale, double at)
{
	struct novelty_shape *s = &k->shape[scale];

	s->piece += (float)at;
	if (++s->in_piece == cuts[k->form][scale].piece)
		compare(k, scale);
}

/* How strange the last shape is, against what is usual in this series. */
static double strange(struct novelty *k)
{
	struct novelty_shape *s = &k->shape[0];
	double out;

	out = (double)s->distance / ((double)s->usual + knobs_of(k)->floor);
	s->usual += (float)rate(k, knobs_of(k)->a_usual) * (s->distance - s->usual);
	return ln1p(knobs_of(k)->g_shape * out);
}

static void follow(struct novelty *k, double x)
{
	double a = rate(k, knobs_of(k)->a_slow), d = x - k->mean;

	k->mean += a * d;
	k->var += a * (d * d * (1 - a) - k->var);
}

static void first(struct novelty *k, double x)
{
	k->mean = k->quick = k->near = x;
	k->level = k->quicks = (struct novelty_span){ x, x };
}

/* Only what is louder by far than anything said of late is said; the memory of it fades. */
static double louder(struct novelty *k, double sum)
{
	double said = sum > (double)k->envelope * (1 + knobs_of(k)->margin) ? sum : 0;

	k->envelope = (float)fmax(said, (double)k->envelope * (1 - 1 / knobs_of(k)->fade));
	return said;
}

/* The three ranges: of the value, of its short mean, of its unrest. */
static void ranges(struct novelty *k, double x, double part[static NOVELTY_REASONS])
{
	double narrowest = grain * fmax(fabs(k->level.low), fabs(k->level.high)), d = x - k->near;

	k->quick = moved(k->quick, x, rate(k, knobs_of(k)->a_quick));
	k->near = moved(k->near, x, rate(k, knobs_of(k)->a_near));
	k->unrest = moved(k->unrest, d * d, rate(k, knobs_of(k)->a_unrest));
	part[NOVELTY_LEVEL] = ln1p(knobs_of(k)->gain * exceed(&k->level, x, narrowest));
	part[NOVELTY_MEAN] = knobs_of(k)->w_mean *
	                     ln1p(knobs_of(k)->gain * exceed(&k->quicks, k->quick, narrowest));
	part[NOVELTY_VARIABILITY] =
	        knobs_of(k)->w_unrest *
	        ln1p(knobs_of(k)->gain * exceed(&k->unrests, sqrt(k->unrest), narrowest));
}

/* The loudest part; but a value out of range is called that when it says about as much. */
static enum novelty_reason loudest(const double part[static NOVELTY_REASONS])
{
	enum novelty_reason top = NOVELTY_LEVEL;

	for (enum novelty_reason i = NOVELTY_MEAN; i < NOVELTY_REASONS; i++)
		if (part[i] > part[top])
			top = i;
	return part[top] <= 0                         ? NOVELTY_NONE
	       : 2 * part[NOVELTY_LEVEL] >= part[top] ? NOVELTY_LEVEL
	                                              : top;
}

double novelty_add(struct novelty *k, double x)
{
	double part[NOVELTY_REASONS] = { 0 }, sum = 0, at;

	if (!isfinite(x))
		return NAN;
	x = fmin(fmax(x, -widest), widest);
	if (k->n == 0)
		first(k, x);
	k->n += k->n < UINT32_MAX;
	ranges(k, x, part);
	at = place(k, x);
	for (int i = 0; i < scales(k->form); i++)
		shape(k, i, at);
	part[NOVELTY_SHAPE] =
	        k->form == NOVELTY_FULL
	                ? knobs_of(k)->w_long * strange(k) + knobs_of(k)->w_rank * (double)k->rare
	                : knobs_of(k)->w_shape * strange(k);
	follow(k, x);
	k->why = (uint8_t)loudest(part);
	for (int i = NOVELTY_LEVEL; i < NOVELTY_REASONS; i++)
		sum += part[i];
	if (k->n <= NOVELTY_WARMUP)
		return 0;
	sum = louder(k, sum);
	return sum / (sum + knobs_of(k)->middle);
}

const char *novelty_label(enum novelty_reason why)
{
	static const char *const word[NOVELTY_REASONS] = { "none", "level", "mean", "unrest",
		"shape" };

	return (unsigned)why < NOVELTY_REASONS ? word[why] : "";
}
