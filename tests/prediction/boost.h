/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boost.h - boosted trees over moments of drives, for fit_wear.c and drives.c, which say first:
 *
 *   FEATURES, AHEAD_H (an alarm later than this before failure does not count), TREES, SCOUTS (trees that
 *   only find the moments at which each drive looks worst), DEPTH, BINS, rate, ridge.
 *
 * Oblivious trees: one question a level, the same for all branches, so that a tree is a few bytes and has
 * no branches to predict.  Every drive has the same weight, and of a drive the moments at which it looks
 * worst count most, for by those it is judged.  Sums are of integers, so that the order of addition does
 * not matter and the same trees come out everywhere.
 */
#ifndef TESTS_BOOST_H
#define TESTS_BOOST_H

enum {
	LEAVES = 1 << DEPTH,
	UNIT = 512, /* leaves are stored in 1 / UNIT */
};

static const double grid = 1 << 16;

struct look { /* at a drive, at a moment */
	uint8_t bin[FEATURES];
	bool fails;
	int drive;
	float left_h, risk;
	double weight, score;
};

struct tree {
	int feature[DEPTH], bin[DEPTH];
	int leaf[LEAVES];
};

struct model {
	int base, trees;
	struct tree tree[TREES];
};

static struct look *look;
static float (*seen)[FEATURES];
static size_t looks, room;
static int drives;
static float *fail_h; /* by drive, INFINITY: it did not */
static float cut[FEATURES][BINS];
static int cuts[FEATURES];
static bool left_out[FEATURES]; /* not asked about */

static void *grown(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	return p;
}

/* --- bins ---------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Between the values when they are few, else by quantiles of those above 0. */
static void find_cuts(int f)
{
	float *v = grown(NULL, looks * sizeof(*v)), pick[BINS];
	size_t n = looks, zero = 0, distinct = 1;
	int picks = 0;

	for (size_t i = 0; i < n; i++)
		v[i] = seen[i][f];
	qsort(v, n, sizeof(*v), by_value);
	for (size_t i = 1; i < n; i++)
		distinct += v[i] > v[i - 1];
	while (zero < n && v[zero] <= 0)
		zero++;
	if (distinct <= BINS) {
		for (size_t i = 0; i < n; i++)
			if (picks == 0 || v[i] > pick[picks - 1])
				pick[picks++] = v[i];
	} else {
		pick[picks++] = -1;
		pick[picks++] = 0;
		for (int q = 0; q < BINS - 2 && zero < n; q++) {
			float x = v[zero + (n - 1 - zero) * (size_t)q / (BINS - 3)];

			if (x > pick[picks - 1])
				pick[picks++] = x;
		}
	}
	cuts[f] = picks - 1;
	for (int i = 0; i < picks - 1; i++)
		cut[f][i] = (pick[i] + pick[i + 1]) / 2;
	free(v);
}

static void put_in_bins(void)
{
	for (int f = 0; f < FEATURES; f++) {
		find_cuts(f);
		for (size_t i = 0; i < looks; i++) {
			uint8_t b = 0;

			while (b < cuts[f] && seen[i][f] > cut[f][b])
				b++;
			look[i].bin[f] = b;
		}
	}
}

/* --- boosting ------------------------------------------------------------------------------------ */

struct row { /* looks that are alike, with their weight together */
	uint8_t bin[FEATURES];
	bool fails;
	double weight;
	int score, leaf;
	int64_t g, h;
};

static int alike(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r = memcmp(x->bin, y->bin, sizeof(x->bin));

	return r ? r : x->fails - y->fails;
}

static size_t merge(struct row **ret, const bool *use)
{
	struct row *row = grown(NULL, looks * sizeof(*row));
	size_t n = 0, m = 0;

	for (size_t i = 0; i < looks; i++)
		if (use[i] && look[i].weight > 0) {
			row[n] = (struct row){ .fails = look[i].fails, .weight = look[i].weight };
			memcpy(row[n++].bin, look[i].bin, sizeof(row->bin));
		}
	qsort(row, n, sizeof(*row), alike);
	for (size_t i = 1; i < n; i++) {
		if (alike(&row[m], &row[i]) == 0)
			row[m].weight += row[i].weight;
		else
			row[++m] = row[i];
	}
	*ret = row;
	return m + 1;
}

/* The question that gains most over all leaves at once. */
static void ask(const struct row *row, size_t n, int leaves, int *feature, int *bin)
{
	double best = -1;

	for (int f = 0; f < FEATURES; f++) {
		static int64_t g[LEAVES][BINS], h[LEAVES][BINS];
		double gain[BINS] = { 0 };

		if (left_out[f])
			continue;
		memset(g, 0, sizeof(g));
		memset(h, 0, sizeof(h));
		for (size_t i = 0; i < n; i++) {
			g[row[i].leaf][row[i].bin[f]] += row[i].g;
			h[row[i].leaf][row[i].bin[f]] += row[i].h;
		}
		for (int l = 0; l < leaves; l++) {
			double lg = 0, lh = 0, tg = 0, th = 0;

			for (int b = 0; b <= cuts[f]; b++) {
				tg += (double)g[l][b];
				th += (double)h[l][b];
			}
			for (int b = 0; b < cuts[f]; b++) {
				lg += (double)g[l][b];
				lh += (double)h[l][b];
				gain[b] += lg * lg / (lh + ridge * grid) +
				           (tg - lg) * (tg - lg) / (th - lh + ridge * grid);
			}
		}
		for (int b = 0; b < cuts[f]; b++)
			if (gain[b] > best) {
				best = gain[b];
				*feature = f;
				*bin = b;
			}
	}
}

static void grow(struct row *row, size_t n, struct tree *t)
{
	double g[LEAVES] = { 0 }, h[LEAVES] = { 0 };

	for (size_t i = 0; i < n; i++) {
		double p = 1 / (1 + exp(-row[i].score / (double)UNIT));

		row[i].leaf = 0;
		row[i].g = llrint(grid * row[i].weight * (row[i].fails - p));
		row[i].h = llrint(grid * row[i].weight * p * (1 - p));
	}
	for (int d = 0; d < DEPTH; d++) {
		ask(row, n, 1 << d, &t->feature[d], &t->bin[d]);
		for (size_t i = 0; i < n; i++)
			row[i].leaf |= (row[i].bin[t->feature[d]] > t->bin[d]) << d;
	}
	for (size_t i = 0; i < n; i++) {
		g[row[i].leaf] += (double)row[i].g;
		h[row[i].leaf] += (double)row[i].h;
	}
	for (int l = 0; l < LEAVES; l++)
		t->leaf[l] = (int)lrint(UNIT * rate * g[l] / (h[l] + ridge * grid));
	for (size_t i = 0; i < n; i++)
		row[i].score += t->leaf[row[i].leaf];
}

static void boost(struct model *m, const bool *use, int trees)
{
	struct row *row = NULL;
	size_t n = merge(&row, use);
	double bad = 0, all = 0;

	for (size_t i = 0; i < n; i++) {
		all += row[i].weight;
		bad += row[i].fails ? row[i].weight : 0;
	}
	m->base = (int)lrint(UNIT * log(bad / (all - bad)));
	m->trees = trees;
	for (size_t i = 0; i < n; i++)
		row[i].score = m->base;
	for (int t = 0; t < trees; t++)
		grow(row, n, &m->tree[t]);
	free(row);
}

static void score_all(const struct model *m)
{
	for (size_t i = 0; i < looks; i++) {
		int s = m->base;

		for (int t = 0; t < m->trees; t++) {
			int leaf = 0;

			for (int d = 0; d < DEPTH; d++)
				leaf |= (look[i].bin[m->tree[t].feature[d]] > m->tree[t].bin[d])
				        << d;
			s += m->tree[t].leaf[leaf];
		}
		look[i].score = s / (double)UNIT;
	}
}

static double *by_drive(void)
{
	double *p = grown(NULL, (size_t)drives * sizeof(*p));

	for (int i = 0; i < drives; i++)
		p[i] = 0;
	return p;
}

/* Chooses the training rows of a drive: mostly those with the highest risk of the first trees. */
static void train(struct model *m, const bool *use)
{
	double *count = by_drive(), *top = by_drive(), *sum = by_drive();
	bool *early = grown(NULL, looks * sizeof(*early));

	for (size_t i = 0; i < looks; i++)
		count[look[i].drive]++;
	for (size_t i = 0; i < looks; i++)
		look[i].weight = 1 / sqrt(count[look[i].drive]);
	boost(m, use, SCOUTS);
	score_all(m);
	for (int i = 0; i < drives; i++)
		count[i] = 0, top[i] = -INFINITY;
	for (size_t i = 0; i < looks; i++) {
		early[i] = use[i] && look[i].left_h >= AHEAD_H;
		count[look[i].drive] += early[i];
		if (early[i] && look[i].score > top[look[i].drive])
			top[look[i].drive] = look[i].score;
	}
	for (size_t i = 0; i < looks; i++)
		sum[look[i].drive] += early[i] ? exp(look[i].score - top[look[i].drive]) : 0;
	for (size_t i = 0; i < looks; i++) {
		int d = look[i].drive;

		look[i].weight =
		        early[i] ? rint(4096 * (FOCUS * exp(look[i].score - top[d]) / sum[d] +
		                                       (1 - FOCUS) / count[d])) /
		                           4096
		                 : 0;
	}
	boost(m, early, TREES);
	score_all(m);
	free(count);
	free(top);
	free(sum);
	free(early);
}

/* By drive, the highest score that comes early enough. */
static double *worst(void)
{
	double *top = by_drive();

	for (int i = 0; i < drives; i++)
		top[i] = -INFINITY;
	for (size_t i = 0; i < looks; i++)
		if (look[i].left_h >= AHEAD_H && look[i].score > top[look[i].drive])
			top[look[i].drive] = look[i].score;
	return top;
}

#endif
