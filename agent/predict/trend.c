/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/trend.h"

#include <math.h>
#include <string.h>

#include "agent/base/text.h"

static const double scale[TREND_SCALES] = { 1.0 / 12, 1.0 / 4, 0.8, 2.4, 6 };
static const double latest = 0.028, recent = 1.0 / 4;
static const float piece = 1.0F / 8;

/* Horizons of which a point is the mean. Closer samples add little and cost as much. */
static const double point = 0.01;

/*
 * Levels between which a large drop (the leaking process was killed, the disk emptied) restarts the
 * trend: earlier levels do not apply to the new content.
 */
static const float used_up = 0.985F, relieved = 0.8F;

/* Least fall or rise of a turn, absolute and in deviations from the second line. */
static const float turn_least = 0.02F, turn_spreads = 3;

static double clamp_value(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

void trend_start(struct trend *k)
{
	*k = (struct trend){ .older_max = -INFINITY,
		.oldest_max = -INFINITY,
		.recent_max = -INFINITY,
		.best = -INFINITY,
		.rising_share = 0.5,
		.extreme = -INFINITY,
		.peak = { NAN, NAN },
		.trough = NAN };
	for (int i = 0; i < TREND_PIECES; i++)
		k->piece_max[i] = -INFINITY;
	for (int i = 0; i < TREND_PAST; i++)
		k->past_max[i] = -INFINITY;
}

static void update_fade(struct trend_fade *f, double dt)
{
	/* The jitter of timers does not make another interval. */
	if (f->dt > 0 && fabs(dt - f->dt) <= 1e-9 * f->dt)
		return;
	f->dt = dt;
	for (int i = 0; i < TREND_SCALES; i++)
		f->line[i] = exp(-dt / scale[i]);
	f->latest = exp(-dt / latest);
	f->recent = exp(-dt / recent);
	f->before = exp(-dt / 8);
	f->ancient = exp(-dt / 48);
}

/* Ages and fades the sums by dt, then adds y. */
static void add_line_point(struct ew_line *l, double y, double dt, double f)
{
	const double w = (double)l->w, t = (double)l->t;

	l->tt = (float)(f * ((double)l->tt - 2 * dt * t + dt * dt * w));
	l->ty = (float)(f * ((double)l->ty - dt * (double)l->y));
	l->t = (float)(f * (t - dt * w));
	l->y = (float)(f * (double)l->y + y);
	l->yy = (float)(f * (double)l->yy + y * y);
	l->w = (float)(f * w + 1);
}

/* Returns an old maximum, decayed towards u: a level that was reached once does not count for ever. */
static float fade_maximum(float before, float u, float fade)
{
	return before > u && isfinite(before) ? u + (before - u) * fade : before;
}

static void add_past_maximum(struct trend *k)
{
	float most = k->piece_max[1];

	for (int i = 2; i < TREND_PIECES; i++)
		most = fmaxf(most, k->piece_max[i]);
	k->oldest_max = fmaxf(k->oldest_max, k->past_max[TREND_PAST - 1]);
	memmove(&k->past_max[1], &k->past_max[0], (TREND_PAST - 1) * sizeof(k->past_max[0]));
	k->past_max[0] = most;
	k->pieces = 0;
}

static void add_piece_maximum(struct trend *k, float u, float dt, const struct trend_fade *fade)
{
	k->older_max = fade_maximum(k->older_max, u, (float)fade->before);
	k->oldest_max = fade_maximum(k->oldest_max, u, (float)fade->ancient);
	k->piece_age += dt;
	for (int turns = 0; k->piece_age >= piece && turns < TREND_PIECES; turns++) {
		k->older_max = fmaxf(k->older_max, k->piece_max[TREND_PIECES - 1]);
		memmove(&k->piece_max[1], &k->piece_max[0],
		        (TREND_PIECES - 1) * sizeof(k->piece_max[0]));
		k->piece_max[0] = -INFINITY;
		k->piece_age -= piece;
		if (++k->pieces == TREND_PIECES - 1)
			add_past_maximum(k);
	}
	if (k->piece_age >= piece)
		k->piece_age = 0;
	k->piece_max[0] = fmaxf(k->piece_max[0], u);
}

static void follow_turns(struct trend *k, float u, float dt, float spread)
{
	const float far = fmaxf(turn_least, turn_spreads * spread);

	k->extreme_age += dt;
	k->peak_age[0] += dt;
	k->peak_age[1] += dt;
	if (!isfinite(k->extreme) || (k->falling ? u < k->extreme : u > k->extreme)) {
		k->extreme = u;
		k->extreme_age = 0;
	} else if (!k->falling && u < k->extreme - far) {
		k->peak[1] = k->peak[0];
		k->peak_age[1] = k->peak_age[0];
		k->peak[0] = k->extreme;
		k->peak_age[0] = k->extreme_age;
		k->falling = true;
		k->extreme = u;
		k->extreme_age = 0;
	} else if (k->falling && u > k->extreme + far) {
		k->trough = k->extreme;
		k->falling = false;
		k->extreme = u;
		k->extreme_age = 0;
	}
}

static void follow_recent(struct trend *k, float u, float f)
{
	if (k->n > 0) {
		k->rising_share = f * k->rising_share + (1 - f) * (u > k->last          ? 1.0F
		                                                          : u < k->last ? 0.0F
		                                                                        : 0.5F);
		k->max_drop *= f;
		k->recent_max = u + (k->recent_max - u) * f;
		k->max_jump = fmaxf(k->max_jump * f, u - k->last);
	}
	k->recent_max = fmaxf(k->recent_max, u);
	k->max_drop = fmaxf(k->max_drop, k->recent_max - u);
}

static void add_trend_point(struct trend *k, double y, double dt, struct trend_fade *fade)
{
	const float u = (float)y;

	if (k->failed && u < relieved)
		trend_start(k);
	k->failed |= u >= used_up;
	update_fade(fade, dt);
	if (k->n == 0)
		dt = 0;
	follow_recent(k, u, (float)fade->recent);
	k->best_age += (float)dt;
	if (u >= k->best) {
		k->best = u;
		k->best_age = 0;
	}
	for (int i = 0; i < TREND_SCALES; i++)
		add_line_point(&k->line[i], y, dt, k->n ? fade->line[i] : 0);
	add_piece_maximum(k, u, (float)dt, fade);
	k->last = u;
	k->n++;
	follow_turns(k, u, (float)dt, (float)trend_slope(k, 1).spread);
}

bool trend_add(struct trend *k, double u, double dt, struct trend_fade *fade)
{
	/* A value far beyond the limit is a reading error and must not overflow the sums. */
	k->pending.sum += (float)clamp_value(u, -1, 4);
	k->pending.n++;
	k->pending.age += k->n || k->pending.n > 1 ? (float)dt : 0;
	if (k->n && (double)k->pending.age < 0.75 * point)
		return false;
	add_trend_point(k, (double)k->pending.sum / k->pending.n, (double)k->pending.age, fade);
	k->pending.sum = k->pending.age = 0;
	k->pending.n = 0;
	return true;
}

void trend_rescale(struct trend *k, double ratio)
{
	const float r = (float)ratio;
	float *const level[] = { &k->last, &k->pending.sum, &k->older_max, &k->oldest_max,
		&k->max_drop, &k->recent_max, &k->max_jump, &k->best, &k->extreme, &k->peak[0],
		&k->peak[1], &k->trough };

	for (size_t i = 0; i < ARRAY_SIZE(level); i++)
		*level[i] *= r;
	for (int i = 0; i < TREND_PIECES; i++)
		k->piece_max[i] *= r;
	for (int i = 0; i < TREND_PAST; i++)
		k->past_max[i] *= r;
	for (int i = 0; i < TREND_SCALES; i++) {
		k->line[i].y *= r;
		k->line[i].ty *= r;
		k->line[i].yy *= r * r;
	}
}

struct slope trend_slope(const struct trend *k, int i)
{
	const struct ew_line *l = &k->line[i];
	const double w = (double)l->w, t = (double)l->t, y = (double)l->y, ty = (double)l->ty;
	struct slope s = { .level = (double)k->last };
	double across = w * (double)l->tt - t * t, var;

	if (k->n < 3 || across <= 1e-6 * w * (double)l->tt)
		return s;
	s.pace = (w * ty - t * y) / across;
	s.level = (y - s.pace * t) / w;
	var = ((double)l->yy - s.level * y - s.pace * ty) / w;
	/* A variance that rounding makes negative is that of a straight line. */
	s.spread = var > 1e-7 ? sqrt(var) : 3e-4;
	s.se = s.spread * sqrt(w / across * (w > 2.5 ? w / (w - 2) : 25));
	return s;
}

double trend_left(const struct slope *s, double most)
{
	double left;

	if (s->pace <= 0)
		return most;
	left = (1 - s->level) / s->pace;
	return left < 0 ? 0 : left > most ? most : left;
}

static double slope_certainty(const struct slope *s)
{
	return s->se > 0 ? s->pace / s->se : 0;
}

/*
 * Returns the highest level that is older than the newest `pieces`, or the oldest if all are
 * younger.
 */
static double maximum_before(const struct trend *k, int pieces)
{
	float before = k->older_max;

	for (int i = pieces; i < TREND_PIECES; i++)
		before = fmaxf(before, k->piece_max[i]);
	for (int i = pieces - 1; i > 0 && !isfinite(before); i--)
		before = k->piece_max[i];
	return (double)before;
}

static double rise_above(double u, double v)
{
	return isfinite(v) ? clamp_value(u - v, -0.3, 0.3) : 0.3;
}

static void turn_features(const struct trend *k, float ret[static TREND_FEATURES])
{
	double peak = (double)k->peak[0], rise = peak - (double)k->peak[1], last = (double)k->last;
	double ago = (double)k->peak_age[0], every = (double)k->peak_age[1] - ago, left = 30;
	bool two = isfinite(rise) && every > 0;

	if (two && rise > 0)
		left = clamp_value((1 - peak) / (rise / every) - ago, 0.01, 30);
	ret[17] = (float)rise_above(last, peak);
	ret[18] = (float)(two ? clamp_value(rise, -0.3, 0.3) : 0.3);
	ret[19] = (float)left;
	ret[24] = (float)(isfinite(k->trough) ? clamp_value(last - (double)k->trough, -0.1, 0.8)
	                                      : 0.8);
	ret[25] = (float)(two ? clamp_value(ago / every, 0, 3) : 3);
}

static void past_features(const struct trend *k, float ret[static TREND_FEATURES])
{
	float before = k->oldest_max;

	ret[27] = (float)rise_above((double)k->last, (double)before);
	for (int i = TREND_PAST / 2; i < TREND_PAST; i++)
		before = fmaxf(before, k->past_max[i]);
	ret[26] = (float)rise_above((double)k->last, (double)before);
}

/*
 * No value is squashed: trees only compare, so no libm call is needed and results are
 * bit-identical.
 *
 * 0-4 time left by each scale, in horizons (0.01 to 30); 5-9 slope in standard errors, at most 30;
 * 10 spread around the second line, at least 0.1 %; 11 headroom; 12-13 distance above the maximum
 * until a third of the horizon ago, and until a whole one; 14 recent share of rising points; 15
 * deepest recent fall; 16 age of the maximum; 17 distance above the last peak before a fall; 18
 * distance of that peak above the one before.
 *
 * 19 time left by the line through those two peaks; 20-22 relative difference of the slopes of
 * neighbouring scales, negative when it slows down; 23 largest recent rise between two points; 24
 * rise since the last trough; 25 time since the last peak, in intervals between the last two; 26-27
 * distance above the maximum until three and six horizons ago.
 */
double trend_features(const struct trend *k, float ret[static TREND_FEATURES])
{
	const double last = (double)k->last, before = maximum_before(k, 3);
	double pace[TREND_SCALES];

	for (int i = 0; i < TREND_SCALES; i++) {
		struct slope s = trend_slope(k, i);

		ret[i] = (float)fmax(trend_left(&s, 30), 0.01);
		ret[5 + i] = (float)clamp_value(slope_certainty(&s), -30, 30);
		pace[i] = s.pace;
		if (i == 1)
			ret[10] = (float)clamp_value(s.spread, 1e-3, 1);
	}
	ret[11] = (float)clamp_value(1 - last, 1e-3, 1);
	ret[12] = (float)(isfinite(before) ? clamp_value(last - before, -0.3, 0.3) : 0);
	ret[13] = (float)rise_above(
	        last, (double)fmaxf(k->older_max, k->piece_max[TREND_PIECES - 1]));
	ret[14] = k->rising_share;
	ret[15] = (float)clamp_value((double)k->max_drop, 1e-3, 1);
	ret[16] = (float)clamp_value((double)k->best_age, 0, 2);
	for (int i = 0; i < 3; i++) {
		double both = fabs(pace[i]) + fabs(pace[i + 1]);

		ret[20 + i] = (float)(both > 0 ? (pace[i] - pace[i + 1]) / both : 0);
	}
	ret[23] = (float)clamp_value((double)k->max_jump, 1e-3, 1);
	turn_features(k, ret);
	past_features(k, ret);
	return pace[1];
}
