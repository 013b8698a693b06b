/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/anomaly/anomaly.h"

#include <math.h>
#include <stdlib.h>

struct anomaly {
	enum anomaly_select select;
	struct anomaly_reason why;
	struct correlation correlation;
	struct correlation_metric metric[SERIES_MAX];
	uint32_t generation[SERIES_MAX]; /* the series that the slot has learnt */
	uint64_t at_ms[SERIES_MAX];
	double value[SERIES_MAX]; /* new values, for correlation_update(); NAN: none */
	struct novelty novelty[SERIES_MAX];
};

/* With fewer metrics there is no correlation to learn. */
enum { TOGETHER = 4 };

/* Is the metric compared with its own past?  A fault is not: its rise is a failure already. */
static bool is_compared(const struct anomaly *u, const struct series *s)
{
	return !metric_is_fault(s->kind) && (u->select == ANOMALY_ALL || isnan(s->fails_at));
}

/* calloc() leaves the pages of unused slots untouched, so that they cost no memory. */
struct anomaly *anomaly_new(enum anomaly_select select)
{
	struct anomaly *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->select = select;
	u->why.series = -1;
	correlation_start(&u->correlation);
	return u;
}

size_t anomaly_bytes(size_t count, size_t compared)
{
	const struct anomaly *u = NULL;

	return sizeof(u->why) + sizeof(u->correlation) + compared * sizeof(u->novelty[0]) +
	       count * (sizeof(u->metric[0]) + sizeof(u->generation[0]) + sizeof(u->at_ms[0]) +
	                       sizeof(u->value[0]));
}

/* Discards the learnt state of a slot that belongs to another series now. */
static void claim_anomaly_slot(struct anomaly *u, unsigned i, const struct series *s)
{
	if (u->generation[i] == s->generation)
		return;
	u->generation[i] = s->generation;
	u->at_ms[i] = 0;
	correlation_forget(&u->metric[i]);
	if (is_compared(u, s))
		novelty_start(&u->novelty[i]);
}

/*
 * Returns the highest of `count` scores, corrected for their number.  A sum larger by 1 is about seven times rarer
 * in a healthy metric.  Each doubling therefore costs ln(2) / 2, and the machine is reported as rarely as one metric.
 */
static double correct_for_count(double highest, unsigned count)
{
	double sum = highest < 1 ? highest / (1 - highest) : 1e6;

	for (; count > 1; count -= count / 2)
		sum -= 0.35; /* ln(2) / 2 */
	return sum > 0 ? sum / (1 + sum) : 0;
}

static struct anomaly_reason find_largest_share(const struct anomaly *u, const struct table *t)
{
	struct anomaly_reason why = { .series = -1, .together = true };

	for (unsigned i = 0; i < t->count; i++)
		if ((double)u->metric[i].contribution > why.share) {
			why.share = (double)u->metric[i].contribution;
			why.series = (int)i;
		}
	return why;
}

/* Scores each metric by its own past.  Returns how many were; counts all new values in *known. */
static unsigned score_metrics(
        struct anomaly *u, const struct table *t, double *highest, unsigned *known)
{
	unsigned compared = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct series *q = &t->series[i];
		double s;

		claim_anomaly_slot(u, i, q);
		u->value[i] = NAN;
		if (q->generation == 0 || q->at_ms == 0 || q->at_ms == u->at_ms[i])
			continue;
		u->at_ms[i] = q->at_ms;
		if (metric_is_fault(q->kind) || !isfinite(q->value))
			continue;
		u->value[i] = q->value;
		++*known;
		if (!is_compared(u, q))
			continue;
		compared++;
		s = novelty_update(&u->novelty[i], q->value);
		if (s > *highest) {
			*highest = s;
			u->why = (struct anomaly_reason){ .series = (int)i,
				.how = u->novelty[i].why };
		}
	}
	return compared;
}

double anomaly_update(struct anomaly *u, const struct table *t)
{
	double highest = 0, score, together;
	unsigned known = 0, compared;

	u->why = (struct anomaly_reason){ .series = -1 };
	compared = score_metrics(u, t, &highest, &known);
	if (known == 0)
		return NAN;
	score = correct_for_count(highest, compared);
	if (known < TOGETHER)
		return score;
	together = correlation_update(&u->correlation, u->metric, u->value, t->count);
	if (together > score) { /* false when it is NAN */
		score = together;
		u->why = find_largest_share(u, t);
	}
	return score;
}

struct anomaly_reason anomaly_reason(const struct anomaly *u)
{
	return u->why;
}
