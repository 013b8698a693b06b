/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/unusual.h"

#include <math.h>
#include <string.h>

struct unusual {
	enum novelty_form form;
	struct unusual_why why;
	struct joint joint;
	struct joint_metric metric[SERIES_MAX];
	uint32_t born[SERIES_MAX]; /* of the series that is learnt in this slot */
	uint64_t at_ms[SERIES_MAX];
	double value[SERIES_MAX]; /* new ones, for joint_add() */
	_Alignas(max_align_t) unsigned char novelty[];
};

/* Directions need company: with fewer metrics only each one's own past counts. */
enum { TOGETHER = 4 };

size_t unusual_size(enum novelty_form form)
{
	return sizeof(struct unusual) + SERIES_MAX * novelty_size(form);
}

static struct novelty *own(struct unusual *u, unsigned i)
{
	return (struct novelty *)(void *)(u->novelty + i * novelty_size(u->form));
}

void unusual_start(struct unusual *u, enum novelty_form form)
{
	memset(u, 0, unusual_size(form));
	u->form = form;
	u->why = (struct unusual_why){ .series = -1 };
	joint_start(&u->joint);
}

/* A new owner of the slot is learnt anew. */
static void own_slot(struct unusual *u, unsigned i, const struct series *s)
{
	if (u->born[i] == s->born)
		return;
	u->born[i] = s->born;
	u->at_ms[i] = 0;
	joint_forget(&u->metric[i]);
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

double unusual_update(struct unusual *u, const struct table *t)
{
	double loudest = 0, s, ret = NAN, together;
	unsigned known = 0;
	int who = -1;

	for (unsigned i = 0; i < t->count; i++) {
		const struct series *q = &t->series[i];

		own_slot(u, i, q);
		u->value[i] = NAN;
		if (q->born == 0 || q->at_ms == 0 || q->at_ms == u->at_ms[i])
			continue;
		u->at_ms[i] = q->at_ms;
		s = novelty_add(own(u, i), q->value);
		if (isnan(s))
			continue;
		u->value[i] = q->value;
		known++;
		if (s > loudest) {
			loudest = s;
			who = (int)i;
		}
	}
	if (known == 0)
		return NAN;
	ret = among(loudest, known);
	u->why.series = who;
	u->why.how = who < 0 ? NOVELTY_NONE : own(u, (unsigned)who)->why;
	if (known < TOGETHER)
		return ret;
	together = joint_add(&u->joint, u->metric, u->value, t->count);
	if (together > ret) { /* not when it is NAN */
		ret = together;
		u->why = (struct unusual_why){ .series = -1 };
	}
	return ret;
}

struct unusual_why unusual_why(const struct unusual *u)
{
	return u->why;
}
