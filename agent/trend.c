/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/trend.h"

#include <math.h>
#include <string.h>

static const double scale_of_horizon[TREND_SCALES] = { 1.0 / 12, 1.0 / 4, 0.8 };
static const double piece_of_horizon = 1.0 / 12, recent = 1.0 / 4;

/* "Beyond doubt": a slope of so many standard errors. */
static const double sure = 3;

void trend_start(struct trend *k)
{
	*k = (struct trend){ .before = -INFINITY, .top = -INFINITY };
	for (int i = 0; i < TREND_PEAKS; i++)
		k->peak[i] = -INFINITY;
}

/* All that was is dt_s older, and weighs less. */
static void line_age(struct ew_line *l, double dt_s, double tau_s)
{
	double f = exp(-dt_s / tau_s);

	l->tt = f * (l->tt - 2 * dt_s * l->t + dt_s * dt_s * l->w);
	l->ty = f * (l->ty - dt_s * l->y);
	l->t = f * (l->t - dt_s * l->w);
	l->y *= f;
	l->yy *= f;
	l->w *= f;
}

static void peaks_add(struct trend *k, double u, double dt_s, double horizon_s)
{
	double piece_s = piece_of_horizon * horizon_s;

	/* What is older than two horizons fades: a limit that was once reached is not for ever. */
	if (isfinite(k->before))
		k->before -= (k->before - u > 0 ? k->before - u : 0) *
		             (1 - exp(-dt_s / (4 * horizon_s)));
	k->piece_s += dt_s;
	for (int turns = 0; k->piece_s >= piece_s && turns < TREND_PEAKS; turns++) {
		k->before = fmax(k->before, k->peak[TREND_PEAKS - 1]);
		memmove(&k->peak[1], &k->peak[0], (TREND_PEAKS - 1) * sizeof(k->peak[0]));
		k->peak[0] = -INFINITY;
		k->piece_s -= piece_s;
	}
	if (k->piece_s >= piece_s)
		k->piece_s = 0;
	k->peak[0] = fmax(k->peak[0], u);
}

void trend_add(struct trend *k, double u, double dt_s, double horizon_s)
{
	double f = exp(-dt_s / (recent * horizon_s));

	if (k->n > 0) {
		for (int i = 0; i < TREND_SCALES; i++)
			line_age(&k->line[i], dt_s, scale_of_horizon[i] * horizon_s);
		k->up = f * k->up + (1 - f) * (u > k->last ? 1 : u < k->last ? 0 : 0.5);
		k->since_s += dt_s;
		k->drop *= f;
		k->top = u + (k->top - u) * f;
	} else {
		k->up = 0.5;
		dt_s = 0;
	}
	if (u > k->top)
		k->top = u;
	k->drop = fmax(k->drop, k->top - u);
	for (int i = 0; i < TREND_SCALES; i++) {
		k->line[i].w += 1;
		k->line[i].y += u;
		k->line[i].yy += u * u;
	}
	peaks_add(k, u, dt_s, horizon_s);
	k->last = u;
	k->n++;
}

struct slope trend_slope(const struct trend *k, int scale)
{
	const struct ew_line *l = &k->line[scale];
	struct slope s = { .level = k->last };
	double across = l->w * l->tt - l->t * l->t, var;

	if (k->n < 3 || across <= 0)
		return s;
	s.per_s = (l->w * l->ty - l->t * l->y) / across;
	s.level = (l->y - s.per_s * l->t) / l->w;
	var = (l->yy - s.level * l->y - s.per_s * l->ty) / l->w;
	/* What rounding makes negative is a straight line. */
	s.spread = var > 0 ? sqrt(var) : 0;
	s.se = s.spread * sqrt(l->w / across) * sqrt(l->w > 2.5 ? l->w / (l->w - 2) : 5);
	return s;
}

double trend_left_s(const struct slope *s, double most_s)
{
	double left;

	if (s->per_s <= 0)
		return most_s;
	left = (1 - s->level) / s->per_s;
	return left < 0 ? 0 : left > most_s ? most_s : left;
}

static double sureness(const struct slope *s)
{
	if (s->per_s == 0)
		return 0;
	/* A straight line has no error at all: as sure as can be. */
	return s->se > 0 ? s->per_s / s->se : s->per_s > 0 ? INFINITY : -INFINITY;
}

/*
 * The highest before the last third of the horizon (the newest piece and four whole ones); of what is
 * too young for that, the oldest piece there is.
 */
static double recent_peak(const struct trend *k)
{
	double before = k->before;

	for (int i = 4; i < TREND_PEAKS; i++)
		before = fmax(before, k->peak[i]);
	for (int i = 3; i > 0 && !isfinite(before); i--)
		before = k->peak[i];
	return before;
}

static double clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

/*
 * 0-2  log of the time left by each scale, in horizons (0.01 to 30)
 * 3-5  slope in standard errors, squashed; from 27 on it is as sure as can be
 * 6    log of the spread around the middle line; a cleaner one than 0.1 % tells no more
 * 7    -log of the headroom
 * 8    how far it is above what it has been before
 * 9    share of samples that rose, of late
 * 10   log of the deepest fall of late
 */
void trend_features(const struct trend *k, double horizon_s, double ret[static TREND_FEATURES])
{
	double before = recent_peak(k);

	for (int i = 0; i < TREND_SCALES; i++) {
		struct slope s = trend_slope(k, i);
		double left = trend_left_s(&s, 30 * horizon_s) / horizon_s;

		ret[i] = log(clamp(left, 0.01, 30));
		ret[3 + i] = clamp(asinh(sureness(&s)), -4, 4);
		if (i == 1)
			ret[6] = log(clamp(s.spread, 1e-3, 1));
	}
	ret[7] = -log(clamp(1 - k->last, 1e-3, 1));
	ret[8] = isfinite(before) ? clamp(k->last - before, -0.25, 0.25) : 0;
	ret[9] = k->up;
	ret[10] = log(clamp(k->drop, 1e-3, 1));
}

bool trend_breaks_out(const struct trend *k)
{
	struct slope s = trend_slope(k, 1);

	return sureness(&s) > sure && k->last > recent_peak(k);
}
