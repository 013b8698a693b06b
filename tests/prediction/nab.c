/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nab.c - agent/anomaly/novelty.c on labelled series, by the rules of the Numenta Anomaly Benchmark.
 *
 *   nab                                prints scores in-sample, with thresholds of other series, with inexact parameters
 *   nab GENERATIONS SPLITS [PARTS]     also fits all parameters on all parts (halves) but one, and judges that one
 *
 * Standard input, from bench-nab: "S WINDOWS" begins a series; each further line is a row: value, window (-1:
 * none, -2: probation), weight.  An evolution strategy of fixed step looks for the middle of a plateau: its
 * parameters are 10 % off, and each score is a mean over thresholds near the best.
 */
#define NOVELTY_PARAMETERS static
#include "agent/anomaly/novelty.c"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum { SERIES = 64, WINDOWS = 16, PROFILES = 3, SPLITS = 12, KNOBS = 14, CHILDREN = 24 };

/*
 * Costs of a false row and of a missed window: standard, rewarding few false alarms, rewarding few
 * misses.
 */
static const double cost_false[PROFILES] = { 0.11, 0.22, 0.11 },
                    cost_missed[PROFILES] = { 1, 1, 2 };

/* Round numbers in the order of the struct, from which fitting on a part begins. */
static const double plain[KNOBS] = { 10, .5, 1, 1, .3, .1, .1, .001, 3, .001, 1, 1, 150, .3 };

static struct series {
	size_t from, to;
	int windows;
} series[SERIES];
static int count;
static size_t rows, held_rows;
static double *value, *weight, *said;
static int *window;
static struct alarm {
	double said, weight;
	int series, window;
} * alarms;

static double *tuned_knob(int i)
{
	return &parameters.gain + i; /* `middle`, the last, only scales the score */
}

static void read_rows(void)
{
	char line[256];
	double v, w;
	int k;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "S %d", &k) == 1 && count < SERIES && k <= WINDOWS) {
			series[count++] = (struct series){ rows, rows, k };
			continue;
		}
		if (count == 0 || sscanf(line, "%lf %d %lf", &v, &k, &w) != 3)
			continue;
		if (rows == held_rows) {
			held_rows = held_rows ? 2 * held_rows : 1 << 16;
			value = realloc(value, held_rows * sizeof(*value));
			weight = realloc(weight, held_rows * sizeof(*weight));
			said = realloc(said, held_rows * sizeof(*said));
			window = realloc(window, held_rows * sizeof(*window));
			alarms = realloc(alarms, held_rows * sizeof(*alarms));
			if (!value || !weight || !said || !window || !alarms)
				exit(1);
		}
		value[rows] = v;
		window[rows] = k;
		weight[rows++] = w;
		series[count - 1].to = rows;
	}
}

/*
 * Scores the chosen series; the sum is computed back from the score, so that thresholds are ratios.
 */
static void run(const bool *of)
{
	static struct novelty k;

	for (int s = 0; s < count; s++) {
		if (!of[s])
			continue;
		novelty_start(&k);
		for (size_t i = series[s].from; i < series[s].to; i++) {
			double v = novelty_update(&k, value[i]);

			said[i] = v > 0 ? parameters.middle * v / (1 - v) : 0;
		}
	}
}

static int louder_first(const void *a, const void *b)
{
	double x = ((const struct alarm *)a)->said, y = ((const struct alarm *)b)->said;

	return (x < y) - (x > y);
}

static size_t collect(const bool *of, int *windows)
{
	size_t n = 0;

	*windows = 0;
	for (int s = 0; s < count; s++) {
		if (!of[s])
			continue;
		*windows += series[s].windows;
		for (size_t i = series[s].from; i < series[s].to; i++)
			if (said[i] > 0 && window[i] != -2)
				alarms[n++] = (struct alarm){ said[i], weight[i], s, window[i] };
	}
	qsort(alarms, n, sizeof(*alarms), louder_first);
	return n;
}

struct curve {
	double best, at; /* in points, and the threshold */
	double plateau;  /* the best of the mean over thresholds within 8 % */
};

/* Lowers the threshold over all alarms, loudest first. */
static void sweep(const bool *of, int profile, struct curve *c, double fixed, double *points)
{
	double held[SERIES][WINDOWS], total, all, *curve;
	int windows;
	size_t n = collect(of, &windows), near[5] = { 0 };

	for (int s = 0; s < count; s++)
		for (int w = 0; w < WINDOWS; w++)
			held[s][w] = -cost_missed[profile];
	total = -cost_missed[profile] * windows;
	all = (1 + cost_missed[profile]) * windows;
	*points = 0;
	*c = (struct curve){ .at = INFINITY };
	curve = malloc((n + 1) * sizeof(*curve));
	if (!curve)
		exit(1);
	for (size_t i = 0; i < n; i++) {
		const struct alarm *a = &alarms[i];

		if (a->window < 0)
			total += a->weight * cost_false[profile];
		else if (a->weight > held[a->series][a->window]) {
			total += a->weight - held[a->series][a->window];
			held[a->series][a->window] = a->weight;
		}
		curve[i] = total + cost_missed[profile] * windows;
		if (a->said >= fixed)
			*points = curve[i];
		if ((i + 1 == n || alarms[i + 1].said < a->said) &&
		        100 * curve[i] / all > c->best) {
			c->best = 100 * curve[i] / all;
			c->at = a->said;
		}
	}
	for (size_t i = 0; i < n; i++) {
		double sum = 0;

		for (int k = 0; k < 5; k++) {
			while (near[k] < n &&
			        alarms[near[k]].said >= alarms[i].said * (0.92 + 0.04 * k))
				near[k]++;
			sum += near[k] ? curve[near[k] - 1] : 0;
		}
		if (20 * sum / all > c->plateau)
			c->plateau = 20 * sum / all;
	}
	free(curve);
}

static double points_possible(const bool *of, int profile)
{
	int windows = 0;

	for (int s = 0; s < count; s++)
		windows += of[s] ? series[s].windows : 0;
	return windows * (1 + cost_missed[profile]);
}

static uint64_t dice = 88172645463325252ULL;

static double drawn(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (double)(dice >> 11) * 0x1p-53;
}

static double gauss(void)
{
	return sqrt(-2 * log(drawn() + 1e-18)) * cos(2 * M_PI * drawn());
}

static void set(const double t[static KNOBS])
{
	for (int i = 0; i < KNOBS; i++)
		*tuned_knob(i) = exp(t[i]);
}

static double fitness(const double t[static KNOBS], const bool *of)
{
	static const double matters[PROFILES] = { 0.4, 0.3, 0.3 };
	double sum = 0, points;
	struct curve c;

	set(t);
	run(of);
	for (int p = 0; p < PROFILES; p++) {
		sweep(of, p, &c, INFINITY, &points);
		sum += matters[p] * c.plateau;
	}
	return sum;
}

struct child {
	double fit, t[KNOBS];
};

static int fitter_first(const void *a, const void *b)
{
	double x = ((const struct child *)a)->fit, y = ((const struct child *)b)->fit;

	return (x < y) - (x > y);
}

static void evolve(double mean[static KNOBS], const bool *of, int generations)
{
	struct child c[CHILDREN];

	for (int g = 0; g < generations; g++) {
		for (int i = 0; i < CHILDREN; i++) {
			for (int k = 0; k < KNOBS; k++)
				c[i].t[k] = mean[k] + (g < generations / 2 ? 0.16 : 0.1) * gauss();
			c[i].fit = fitness(c[i].t, of);
		}
		qsort(c, CHILDREN, sizeof(*c), fitter_first);
		for (int k = 0; k < KNOBS; k++) {
			double sum = 0;

			for (int i = 0; i < CHILDREN / 4; i++)
				sum += c[i].t[k] / (CHILDREN / 4);
			mean[k] += 0.7 * (sum - mean[k]);
		}
	}
}

/* Series are dealt out, as many to each part. */
static void draw_parts(int part[static SERIES], int parts)
{
	int order[SERIES];

	for (int s = 0; s < count; s++)
		order[s] = s;
	for (int s = count - 1; s > 0; s--) {
		int o = (int)(drawn() * (s + 1)), t = order[s];

		order[s] = order[o];
		order[o] = t;
	}
	for (int s = 0; s < count; s++)
		part[order[s]] = parts - 1 - (count - 1 - s) * parts / count;
}

/* Thresholds, and when generations > 0 the knobs too, of all parts but one; points of that; each in turn. */
static void held_out(
        const double start[static KNOBS], int splits, int parts, int generations, const char *what)
{
	double sum[PROFILES] = { 0 }, all[PROFILES] = { 0 };
	int part[SERIES];

	for (int i = 0; i < splits; i++) {
		dice = 88172645463325252 +
		       (uint64_t)(1000003 * i); /* whatever is compared gets the same */
		for (int k = 0; k < 9; k++)
			(void)drawn();
		draw_parts(part, parts);
		for (int out = parts - 1; out >= 0; out--) {
			bool fitted[SERIES], judged[SERIES];
			double t[KNOBS], points;
			struct curve c, other;

			for (int s = 0; s < count; s++) {
				judged[s] = part[s] == out;
				fitted[s] = !judged[s];
			}
			memcpy(t, start, sizeof(t));
			evolve(t, fitted, generations);
			set(t);
			run(fitted);
			run(judged);
			for (int p = 0; p < PROFILES; p++) {
				sweep(fitted, p, &c, INFINITY, &points);
				sweep(judged, p, &other, c.at, &points);
				sum[p] += points;
				all[p] += points_possible(judged, p);
			}
		}
	}
	printf("%s %.1f %.1f %.1f\n", what, 100 * sum[0] / all[0], 100 * sum[1] / all[1],
	        100 * sum[2] / all[2]);
}

static void jitter(const double start[static KNOBS], const bool *of, int draws)
{
	double sum[PROFILES] = { 0 }, t[KNOBS], points;
	struct curve c;

	for (int i = 0; i < draws; i++) {
		for (int k = 0; k < KNOBS; k++)
			t[k] = start[k] + log(1 + 0.1 * (2 * drawn() - 1));
		set(t);
		run(of);
		for (int p = 0; p < PROFILES; p++) {
			sweep(of, p, &c, INFINITY, &points);
			sum[p] += c.best / draws;
		}
	}
	printf("jitter %.1f %.1f %.1f\n", sum[0], sum[1], sum[2]);
}

int main(int argc, char **argv)
{
	double start[KNOBS], neutral[KNOBS], points;
	bool all[SERIES];
	struct curve c;
	clock_t t;

	read_rows();
	if (rows == 0)
		return 1;
	for (int s = 0; s < count; s++)
		all[s] = true;
	for (int k = 0; k < KNOBS; k++)
		start[k] = log(fmax(*tuned_knob(k), 1e-9));
	for (int k = 0; k < KNOBS; k++)
		neutral[k] = log(plain[k]);
	t = clock();
	run(all);
	printf("cost %.0f %zu\n", (double)(clock() - t) * 1e9 / CLOCKS_PER_SEC / (double)rows,
	        sizeof(struct novelty));
	printf("in-sample");
	for (int p = 0; p < PROFILES; p++) {
		sweep(all, p, &c, INFINITY, &points);
		printf(" %.1f", c.best);
	}
	printf("\n");
	held_out(start, SPLITS, 2, 0, "threshold");
	jitter(start, all, 20);
	if (argc > 2) {
		held_out(neutral, atoi(argv[2]), argc > 3 ? atoi(argv[3]) : 2, atoi(argv[1]),
		        "fitted");
		evolve(start, all, atoi(argv[1]));
		for (int k = 0; k < KNOBS; k++)
			printf("knob %d %.3g\n", k, exp(start[k]));
	}
	return 0;
}
