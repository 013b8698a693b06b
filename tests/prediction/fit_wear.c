/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit_wear.c - the trees of agent/predict/drive_model.c, from drives that failed and drives that did not.
 *
 *   zcat DRIVES.csv.gz | fit_wear > agent/predict/model/drive_table.h
 *   zcat DRIVES.csv.gz | fit_wear --check     figures: by halves, in-sample, and the table that is built in
 *   zcat DRIVES.csv.gz | fit_wear --judge     the table that is built in, alone: for drives not trained on
 *
 * The data: Backblaze's drives of 2013-04 to 2016-09 in start/stop form, a row for each time a counter
 * changed (serial_number, tstart and tstop in power-on hours, fails, smart_5 ...), as published with the
 * R package dynamichazard.  What it cannot say: they are desktop and nearline disks with platters of one
 * company; a drive has failed when it was replaced; attributes are missing for whole models; and there
 * are no SSDs among them, for which only what the drive itself reports counts.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/predict/drive_model.h"

enum {
	FEATURES = DRIVE_MODEL_FEATURES,
	AHEAD_H = 24,
	TREES = 150,
	SCOUTS = 50,
	DEPTH = 4,
	BINS = 40,
};

static const double rate = 0.12, ridge = 4, FOCUS = 0.7;

#include "tests/prediction/boost.h"

enum { LINE = 1024, COLUMNS = 64 };

/* Counters have just changed; have not for a week; for two months. */
static const double look_h[] = { 0, 168, 1440 };

/* --- reading ------------------------------------------------------------------------------------- */

static int split(char *line, char *field[static COLUMNS])
{
	int n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && n < COLUMNS)
		field[n++] = strsep(&line, ",");
	return n;
}

static int column(char *const field[], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(field[i], name) == 0)
			return i;
	fprintf(stderr, "fit_wear: there is no column %s\n", name);
	exit(1);
}

static void take_look(struct drive_model *w, const struct drive_reading *r, double at_h)
{
	if (looks == room) {
		room = room ? 2 * room : 1 << 16;
		look = grown(look, room * sizeof(*look));
		seen = grown(seen, room * sizeof(*seen));
	}
	drive_model_features(w, seen[looks]);
	look[looks++] = (struct look){
		.drive = drives - 1, .left_h = (float)at_h, .risk = (float)drive_model_risk(w, r)
	};
}

static void read_drives(FILE *in)
{
	static const char *const names[] = { "serial_number", "tstart", "tstop", "fails", "smart_5",
		"smart_187", "smart_188", "smart_189", "smart_196", "smart_197", "smart_198" };
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	char line[LINE], *field[COLUMNS], serial[64] = "";
	int at[NAMES], n = fgets(line, sizeof(line), in) ? split(line, field) : 0;
	double last_h = 0;
	struct drive_model w;

	for (int i = 0; i < NAMES; i++)
		at[i] = column(field, n, names[i]);
	while (fgets(line, sizeof(line), in)) {
		struct drive_reading r = { 0 };
		double from_h, to_h;

		if (split(line, field) < n)
			continue;
		from_h = atof(field[at[1]]);
		to_h = atof(field[at[2]]);
		for (int i = 0; i < DRIVE_COUNTERS; i++)
			r.counter[i] = *field[at[4 + i]] ? atof(field[at[4 + i]]) : NAN;
		if (strcmp(serial, field[at[0]]) != 0) {
			snprintf(serial, sizeof(serial), "%s", field[at[0]]);
			fail_h = grown(fail_h, (size_t)++drives * sizeof(*fail_h));
			fail_h[drives - 1] = INFINITY;
			drive_model_start(&w);
			last_h = from_h;
		}
		if (atoi(field[at[3]]))
			fail_h[drives - 1] = (float)to_h;
		for (size_t i = 0; i < sizeof(look_h) / sizeof(look_h[0]); i++) {
			if (i > 0 && from_h + look_h[i] >= to_h)
				break;
			drive_model_update(&w, &r, from_h + look_h[i] - last_h);
			last_h = from_h + look_h[i];
			take_look(&w, &r, last_h);
		}
	}
	for (size_t i = 0; i < looks; i++) {
		look[i].fails = isfinite(fail_h[look[i].drive]);
		look[i].left_h = fail_h[look[i].drive] - look[i].left_h;
	}
}

/* --- figures ------------------------------------------------------------------------------------- */

static int falling(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y) - (x > y);
}

static const double fa[] = { 0.001, 0.003, 0.01, 0.02, 0.04 };
enum { FAS = sizeof(fa) / sizeof(fa[0]) };

/* Thresholds that so many of the healthy drives among `of` exceed. */
static void thresholds(const double *top, const bool *of, double at[static FAS])
{
	double *good = by_drive();
	size_t n = 0;

	for (int i = 0; i < drives; i++)
		if (of[i] && isinf(fail_h[i]))
			good[n++] = top[i];
	qsort(good, n, sizeof(*good), falling);
	for (int i = 0; i < FAS; i++)
		at[i] = n ? good[(size_t)(fa[i] * (double)n)] : 0;
	free(good);
}

struct tally {
	double hit[FAS], of_bad, false_alarm[FAS], of_good;
};

static void count(struct tally *t, const double *top, const bool *of, const double at[static FAS])
{
	for (int i = 0; i < drives; i++) {
		bool bad = isfinite(fail_h[i]);

		if (!of[i])
			continue;
		*(bad ? &t->of_bad : &t->of_good) += 1;
		for (int j = 0; j < FAS; j++)
			(bad ? t->hit : t->false_alarm)[j] += top[i] > at[j];
	}
}

static void tell(const char *name, const struct tally *t)
{
	for (int j = 0; j < FAS; j++)
		printf("%s %.1f %% detected at %.2f %% of healthy drives alarmed\n", name,
		        100 * t->hit[j] / t->of_bad, 100 * t->false_alarm[j] / t->of_good);
}

static void judge(const char *name)
{
	bool *all = grown(NULL, (size_t)drives * sizeof(*all));
	double *top = worst(), at[FAS];
	struct tally t = { 0 };

	for (int i = 0; i < drives; i++)
		all[i] = true;
	thresholds(top, all, at);
	count(&t, top, all, at);
	tell(name, &t);
	free(all);
	free(top);
}

/*
 * Each half of the drives by a model of the other: with thresholds from the other's healthy drives, which cost a
 * little more than was wanted on drives never seen; and where it stands when so many are alarmed, exactly.
 */
static void halves(struct model *m)
{
	bool *mine = grown(NULL, (size_t)drives * sizeof(*mine)),
	     *yours = grown(NULL, (size_t)drives * sizeof(*yours));
	bool *use = grown(NULL, looks * sizeof(*use));
	struct tally t = { 0 }, exact = { 0 };

	for (int half = 0; half < 2; half++) {
		double *top, at[FAS];

		for (int i = 0; i < drives; i++) {
			mine[i] = ((unsigned)i * 2654435761U >> 16 & 1) == (unsigned)half;
			yours[i] = !mine[i];
		}
		for (size_t i = 0; i < looks; i++)
			use[i] = mine[look[i].drive];
		train(m, use);
		top = worst();
		thresholds(top, mine, at);
		count(&t, top, yours, at);
		thresholds(top, yours, at);
		count(&exact, top, yours, at);
		free(top);
	}
	tell("by halves", &t);
	tell("by halves exactly", &exact);
	free(mine);
	free(yours);
	free(use);
}

/* The odds of failing within a month, by the score: a line through the logarithm of the odds (Platt). */
static void calibrate(double *shift, double *slope)
{
	*shift = -3;
	*slope = 1;
	for (int step = 0; step < 30; step++) {
		double g0 = 0, g1 = 0, h00 = 1e-9, h01 = 0, h11 = 1e-9, det;

		for (size_t i = 0; i < looks; i++) {
			double x = look[i].score, p = 1 / (1 + exp(-(*shift + *slope * x)));
			double e = (look[i].left_h <= 720) - p, v = p * (1 - p);

			g0 += e;
			g1 += e * x;
			h00 += v;
			h01 += v * x;
			h11 += v * x * x;
		}
		det = h00 * h11 - h01 * h01;
		*shift += (h11 * g0 - h01 * g1) / det;
		*slope += (h00 * g1 - h01 * g0) / det;
	}
}

/* --- the table ----------------------------------------------------------------------------------- */

static void write_table(const struct model *m)
{
	int at[FEATURES][BINS], n = 0;
	double shift, slope;

	calibrate(&shift, &slope);
	memset(at, -1, sizeof(at));
	printf("/* SPDX-License-Identifier: Apache-2.0 */\n"
	       "/* Written by tests/prediction/fit_wear.c; not by hand. */\n/* clang-format off "
	       "*/\n"
	       "#include <stdint.h>\n\n"
	       "enum { DRIVE_TABLE_TREES = %d, DRIVE_TABLE_DEPTH = %d, DRIVE_TABLE_UNIT = %d, "
	       "DRIVE_TABLE_BASE = %d };\n\n"
	       "/* Log-odds of failing within a month: shift + slope * sum of leaves / "
	       "DRIVE_TABLE_UNIT. "
	       "*/\n"
	       "static const double drive_table_shift = %.3f, drive_table_slope = %.3f;\n\n"
	       "/* A question: is this feature larger than that? */\n"
	       "static const struct {\n\tfloat than;\n\tuint8_t feature;\n} drive_table_question[] "
	       "= {\n",
	        m->trees, DEPTH, UNIT, m->base, shift, slope);
	for (int t = 0; t < m->trees; t++)
		for (int d = 0; d < DEPTH; d++) {
			int f = m->tree[t].feature[d], b = m->tree[t].bin[d];

			if (at[f][b] < 0) {
				at[f][b] = n++;
				printf("\t{ %.9eF, %d },\n", (double)cut[f][b], f);
			}
		}
	printf("};\n\n/* The questions of each tree. */\n"
	       "static const uint16_t wear_tree[DRIVE_TABLE_TREES][DRIVE_TABLE_DEPTH] = {\n");
	for (int t = 0; t < m->trees; t++)
		for (int d = 0; d < DEPTH; d++)
			printf("%s%d%s", d ? ", " : "\t{ ",
			        at[m->tree[t].feature[d]][m->tree[t].bin[d]],
			        d + 1 < DEPTH ? "" : " },\n");
	printf("};\n\n/* Its leaves, by the answers as bits. */\n"
	       "static const int16_t drive_table_leaf[DRIVE_TABLE_TREES][1 << DRIVE_TABLE_DEPTH] = "
	       "{\n");
	for (int t = 0; t < m->trees; t++)
		for (int l = 0; l < LEAVES; l++)
			printf("%s%d%s", l ? ", " : "\t{ ", m->tree[t].leaf[l],
			        l + 1 < LEAVES ? "" : " },\n");
	printf("};\n");
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	static struct model m;
	bool *all;

	read_drives(stdin);
	if (looks == 0) {
		fprintf(stderr, "fit_wear: no drives\n");
		return 1;
	}
	for (size_t i = 0; i < looks; i++)
		look[i].score = (double)look[i].risk;
	if (*mode)
		judge("built-in table");
	if (strcmp(mode, "--judge") == 0)
		return 0;
	put_in_bins();
	if (*mode)
		halves(&m);
	all = grown(NULL, looks * sizeof(*all));
	for (size_t i = 0; i < looks; i++)
		all[i] = true;
	train(&m, all);
	if (*mode)
		judge("in-sample");
	else
		write_table(&m);
	return 0;
}
