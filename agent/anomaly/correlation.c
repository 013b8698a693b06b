/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/anomaly/correlation.h"

#include <math.h>

#include "agent/anomaly/log1p_exact.h"

/* Rates of a metric's mean and deviation, and of the components. */
static const float a_slow = 3e-4F, a_turn = 3e-4F;

/* Rates of the residual: of its smoothing, of its baseline, of the decay of the histogram. */
static const float a_smooth = 0.1F, a_usual = 1e-3F, a_past = 1e-4F;

enum {
	SETTLED = 2000, /* samples until the slow rate is reached */
	FADE = 64,      /* samples between two decays of the histogram */
	NEW = 50,       /* samples before a new metric is scored */
};

/* Squares of these must be finite in a float. */
static const double widest = 1e18;

/* Standard deviations to which a value is clamped before it is learnt, and before it is scored. */
static const float teaching = 3, farthest = 50;

/* Least deviation, as a part of the level. */
static const float grain = 1e-4F;

/* Width of the histogram's bins and start of the first, in mean deviations. */
static const float bin_width = 0.25F, bin_first = -4;

void correlation_start(struct correlation *k)
{
	*k = (struct correlation){ 0 };
}

void correlation_forget(struct correlation_metric *m)
{
	*m = (struct correlation_metric){ 0 };
}

static float correlation_rate(uint32_t n, float slow)
{
	return n < SETTLED ? fmaxf(1.0F / (float)(n + 1), slow) : slow;
}

/*
 * Returns the deviation of a metric in its own standard deviations, NAN while it is new. Then adds the
 * value to the mean and the deviation; an outlier moves them little.
 */
static float standardise_metric(struct correlation_metric *m, double value)
{
	float x = (float)fmin(fmax(value, -widest), widest), a = correlation_rate(m->seen, a_slow);
	float sd, d, z;

	if (m->seen == 0)
		m->mean = x;
	sd = sqrtf(m->var) + grain * fabsf(m->mean);
	d = x - m->mean;
	z = sd > 0 ? fminf(fmaxf(d / sd, -farthest), farthest) : 0;
	if (m->seen > NEW)
		d = fminf(fmaxf(d, -teaching * sd), teaching * sd);
	m->mean += a * d;
	m->var += a * (d * d * (1 - a) - m->var);
	if (m->seen < SETTLED)
		m->seen++;
	return m->seen > NEW ? z : NAN;
}

/* Returns a start of a component that is along no metric and the same on every platform. */
static float initial_loading(size_t i, int part)
{
	uint32_t h = ((uint32_t)i * 3 + (uint32_t)part + 1) * 2654435761U;

	return (float)(int32_t)(h >> 16 & 0xff) / 256 - 0.5F;
}

/*
 * Removes the projection on one direction from the sample, and turns the direction a little towards
 * the sample.
 */
static void remove_component(
        struct correlation *k, struct correlation_metric *m, size_t count, int part, float gain)
{
	float y = 0, length = 0, step;

	for (size_t i = 0; i < count; i++)
		y += isnan(m[i].contribution) ? 0 : m[i].loading[part] * m[i].contribution;
	k->variance[part] += correlation_rate(k->n, a_slow) * (y * y - k->variance[part]);
	step = gain * y / (1 + k->variance[part]);
	for (size_t i = 0; i < count; i++) {
		if (!isnan(m[i].contribution)) {
			m[i].contribution -= y * m[i].loading[part];
			m[i].loading[part] += step * m[i].contribution;
		}
		length += m[i].loading[part] * m[i].loading[part];
	}
	if (length > 0)
		length = 1 / sqrtf(length);
	for (size_t i = 0; i < count; i++)
		m[i].loading[part] =
		        length > 0 ? m[i].loading[part] * length : initial_loading(i, part);
}

/*
 * Returns the logarithm of the residual: its mean square, and its fourth power, which one metric alone
 * moves. Turns the contributions into shares.
 */
static float residual_logarithm(struct correlation_metric *m, size_t count, size_t known)
{
	float square, sum = 0, fourth = 0, all = known > 0 ? (float)known : 1;

	for (size_t i = 0; i < count; i++) {
		square = isnan(m[i].contribution) ? 0 : m[i].contribution * m[i].contribution;
		sum += square;
		fourth += square * square;
	}
	for (size_t i = 0; i < count; i++)
		m[i].contribution = sum > 0 && !isnan(m[i].contribution)
		                            ? m[i].contribution * m[i].contribution / sum
		                            : 0;
	return (float)(ln1p((double)(sum / all)) + ln1p((double)(fourth / all)) / 2);
}

/*
 * Returns how often the residual was this large. Beyond the largest one seen, each deviation halves
 * the frequency.
 */
static double rarity_of(const struct correlation *k, float u)
{
	float at = (u - bin_first) / bin_width, above = 0, sum = 0, top = 0;
	int bin = at < 0 ? 0 : at >= CORRELATION_BINS ? CORRELATION_BINS - 1 : (int)at;
	double beyond;

	for (int i = 0; i < CORRELATION_BINS; i++) {
		sum += k->past[i];
		above += i > bin ? k->past[i] : 0;
		if (k->past[i] >= 0.5F)
			top = (float)(i + 1);
	}
	if (bin + 1 == CORRELATION_BINS || at >= top)
		above = 0;
	else
		above += k->past[bin] * ((float)(bin + 1) - fmaxf(at, 0));
	beyond = at > top ? (double)((at - top) * bin_width) : 0;
	return ln1p((double)sum) - ln1p((double)above) + beyond * 0.7;
}

/* Adds the residual to the histogram; the last bin also counts larger ones. */
static void count_residual(struct correlation *k, float u)
{
	float at = (u - bin_first) / bin_width;
	int bin = at < 0 ? 0 : at >= CORRELATION_BINS ? CORRELATION_BINS - 1 : (int)at;

	if (k->n % FADE == 0)
		for (int i = 0; i < CORRELATION_BINS; i++)
			k->past[i] *= 1 - FADE * a_past;
	k->past[bin] += 1;
}

/* The baseline of the residual is learnt after the metrics. */
static void follow_usual_residual(struct correlation *k, float d)
{
	uint32_t since = k->n - CORRELATION_WARMUP / 2;
	float a = fmaxf(1.0F / (float)(since + 1), a_usual);

	if (since > NEW)
		d = fminf(fmaxf(d, -teaching * k->spread), teaching * k->spread);
	k->usual += a * d;
	k->spread += a * (fabsf(d) - k->spread);
}

/* Returns the score of a residual among the earlier ones, and adds it to them. */
static double score_residual(struct correlation *k, float residual)
{
	const double thousand = 6.9077552789821368;
	double rare = 0;
	float d, u;

	k->residual += (k->n ? a_smooth : 1) * (residual - k->residual);
	d = k->residual - k->usual;
	if (k->n >= CORRELATION_WARMUP) {
		u = k->spread > 0 ? fminf(fmaxf(d / k->spread, -100), 100) : 0;
		rare = rarity_of(k, u);
		count_residual(k, u);
	}
	if (k->n >= CORRELATION_WARMUP / 2)
		follow_usual_residual(k, d);
	return rare > 0 ? rare / (rare + thousand) : 0;
}

/* Returns the number of components: with too few metrics for all of them no residual would be left. */
static int component_count(size_t known)
{
	return known / 3 < CORRELATION_COMPONENTS ? (int)(known / 3) : CORRELATION_COMPONENTS;
}

double correlation_update(
        struct correlation *k, struct correlation_metric *m, const double *x, size_t count)
{
	float residual, gain, size = 0;
	size_t known = 0;
	double ret;

	for (size_t i = 0; i < count; i++) {
		m[i].contribution = isfinite(x[i]) ? standardise_metric(&m[i], x[i]) : NAN;
		if (isnan(m[i].contribution))
			continue;
		known++;
		size += m[i].contribution * m[i].contribution;
	}
	if (known == 0) {
		for (size_t i = 0; i < count; i++)
			m[i].contribution = 0;
		return NAN;
	}
	gain = correlation_rate(k->n, a_turn) / (1 + size / (float)known / (teaching * teaching));
	for (int part = 0; part < component_count(known); part++)
		remove_component(k, m, count, part, gain);
	residual = residual_logarithm(m, count, known);
	ret = score_residual(k, residual);
	if (k->n < UINT32_MAX)
		k->n++;
	return ret;
}
