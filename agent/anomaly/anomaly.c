/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/anomaly/anomaly.h"

#include <math.h>
#include <stdlib.h>

struct anomaly {
	enum novelty_form form;
	enum anomaly_select whose;
	struct anomaly_reason why;
	struct correlation joint;
	struct correlation_metric metric[SERIES_MAX];
	uint32_t born[SERIES_MAX]; /* of the series that is learnt in this slot */
	uint64_t at_ms[SERIES_MAX];
	double value[SERIES_MAX]; /* new ones, for correlation_update() */
	_Alignas(max_align_t) unsigned char novelty[];
};

/* Directions need company: with fewer metrics only each one's own past counts. */
enum { TOGETHER = 4 };

/* Is its own past learnt?  Of hard signs nothing is: a count that rises is news enough. */
static bool is_asked(const struct anomaly *u, const struct series *s)
{
	return !metric_is_fault(s->kind) && (u->whose == ANOMALY_ALL || isnan(s->fails_at));
}

static struct novelty *own(struct anomaly *u, unsigned i)
{
	return (struct novelty *)(void *)(u->novelty + i * novelty_size(u->form));
}

/* Zeros all: what belongs to no series yet is not touched, and costs no memory. */
struct anomaly *anomaly_new(enum novelty_form form, enum anomaly_select whose)
{
	struct anomaly *u = calloc(1, sizeof(*u) + SERIES_MAX * novelty_size(form));

	if (!u)
		return NULL;
	u->form = form;
	u->whose = whose;
	u->why.series = -1;
	correlation_start(&u->joint);
	return u;
}

size_t anomaly_bytes(enum novelty_form form, size_t count, size_t asked)
{
	const struct anomaly *u = NULL;

	return sizeof(u->why) + sizeof(u->joint) + asked * novelty_size(form) +
	       count * (sizeof(u->metric[0]) + sizeof(u->born[0]) + sizeof(u->at_ms[0]) +
	                       sizeof(u->value[0]));
}

/* A new owner of the slot is learnt anew. */
static void own_slot(struct anomaly *u, unsigned i, const struct series *s)
{
	if (u->born[i] == s->born)
		return;
	u->born[i] = s->born;
	u->at_ms[i] = 0;
	correlation_forget(&u->metric[i]);
	if (is_asked(u, s))
		novelty_start(own(u, i), u->form);
}

/*
 * The loudest of so many.  A sum larger by 1 is about seven times rarer in a healthy metric; so of each
 * doubling of their number ln(2) / 2 is taken off, and the machine speaks up as seldom as one metric.
 */
static double among(double loudest, unsigned count)
{
	double sum = loudest < 1 ? loudest / (1 - loudest) : 1e6;

	for (; count > 1; count -= count / 2)
		sum -= 0.35; /* ln(2) / 2 */
	return sum > 0 ? sum / (1 + sum) : 0;
}

static struct anomaly_reason largest_share(const struct anomaly *u, const struct table *t)
{
	struct anomaly_reason why = { .series = -1, .together = true };

	for (unsigned i = 0; i < t->count; i++)
		if ((double)u->metric[i].share > why.share) {
			why.share = (double)u->metric[i].share;
			why.series = (int)i;
		}
	return why;
}

/* How loud each is by itself; the number of those that were asked, and of all whose value is new. */
static unsigned listen(struct anomaly *u, const struct table *t, double *loudest, unsigned *known)
{
	unsigned asked = 0;

	for (unsigned i = 0; i < t->count; i++) {
		const struct series *q = &t->series[i];
		double s;

		own_slot(u, i, q);
		u->value[i] = NAN;
		if (q->born == 0 || q->at_ms == 0 || q->at_ms == u->at_ms[i])
			continue;
		u->at_ms[i] = q->at_ms;
		if (metric_is_fault(q->kind) || !isfinite(q->value))
			continue;
		u->value[i] = q->value;
		++*known;
		if (!is_asked(u, q))
			continue;
		asked++;
		s = novelty_add(own(u, i), q->value);
		if (s > *loudest) {
			*loudest = s;
			u->why = (struct anomaly_reason){ .series = (int)i, .how = own(u, i)->why };
		}
	}
	return asked;
}

double anomaly_update(struct anomaly *u, const struct table *t)
{
	double loudest = 0, ret, together;
	unsigned known = 0, asked;

	u->why = (struct anomaly_reason){ .series = -1 };
	asked = listen(u, t, &loudest, &known);
	if (known == 0)
		return NAN;
	ret = among(loudest, asked);
	if (known < TOGETHER)
		return ret;
	together = correlation_update(&u->joint, u->metric, u->value, t->count);
	if (together > ret) { /* not when it is NAN */
		ret = together;
		u->why = largest_share(u, t);
	}
	return ret;
}

struct anomaly_reason anomaly_reason(const struct anomaly *u)
{
	return u->why;
}
