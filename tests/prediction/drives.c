/* SPDX-License-Identifier: Apache-2.0 */
/*
 * drives.c - how far a drive's error counters alone go, on the hard drives of Murray, Hughes and
 * Kreutz-Delgado (JMLR 6, 2005): SPLITS random halvings by drive, trained on one half, judged on the other.
 *
 *   zcat DRIVES.csv.gz | drives
 *
 * Healthy drives of that set ran for weeks in a laboratory, failed ones were sent back from the field,
 * mostly young: hours alone find 82 % of the failures at 2 % false alarms.  So hours, frames, start-stops,
 * temperatures, fly heights, reads, writes and the servo counters that grow with use (4, 6, 9, 10: alone they
 * part the two places) are left out, and of an error counter only its growth since the drive's first frame is
 * looked at, which takes away what it came with from either place.  Many fall in the laboratory: a fall is no
 * growth, or it would tell the place.
 *
 * What else there is to choose - with the other servo counters or without, over how many frames, how deep -
 * is chosen inside the half that is trained on, by training on one half of that and judging on the other:
 * the figure is of the whole procedure, and no choice has seen the drives that it is of.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const counters[] = { "GList1", "GList2", "GList3", "PList", "ReadError1",
	"ReadError2", "ReadError3", "ReadError4", "ReadError5", "ReadError6", "ReadError9",
	"ReadError18", "ReadError19", "ReadError20", "Servo1", "Servo2", "Servo3", "Servo5",
	"Servo7", "Servo8" };

enum {
	COUNTERS = sizeof(counters) / sizeof(counters[0]),
	RECENT = 12, /* frames: a day */
	FEATURES = 2 * COUNTERS,
	SERVO = 14,  /* the first of them */
	AHEAD_H = 0, /* published figures count any alarm before failure */
	TREES = 60,
	SCOUTS = 30,
	DEPTH = 3,
	BINS = 32,
	SPLITS = 20,
	INNER = 4,  /* halvings of a half, to choose by */
	FRAMES = 4, /* at most, of which the mean counts */
	LINE = 4096,
	COLUMNS = 80,
};

static const double rate = 0.12, ridge = 0.2, FOCUS = 0.7;

#include "tests/prediction/boost.h"

static int column(char *const field[], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(field[i], name) == 0)
			return i;
	fprintf(stderr, "drives: there is no column %s\n", name);
	exit(1);
}

static int split(char *line, char *field[static COLUMNS])
{
	int n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line && n < COLUMNS)
		field[n++] = strsep(&line, ",");
	return n;
}

static void read_drives(FILE *in)
{
	static double past[RECENT][COUNTERS], first[COUNTERS];
	char line[LINE], *field[COLUMNS], serial[64] = "";
	int n = fgets(line, sizeof(line), in) ? split(line, field) : 0, at[COUNTERS], frame = 0;
	int id = column(field, n, "serial"), left = column(field, n, "HoursBeforeFail");
	int class = column(field, n, "class");

	for (int c = 0; c < COUNTERS; c++)
		at[c] = column(field, n, counters[c]);
	for (; fgets(line, sizeof(line), in); frame++, looks++) {
		if (split(line, field) < n)
			continue;
		if (strcmp(serial, field[id]) != 0) {
			snprintf(serial, sizeof(serial), "%s", field[id]);
			fail_h = grown(fail_h, (size_t)++drives * sizeof(*fail_h));
			fail_h[drives - 1] = atoi(field[class]) ? 1 : INFINITY;
			frame = 0;
		}
		if (looks == room) {
			room = room ? 2 * room : 1 << 14;
			look = grown(look, room * sizeof(*look));
			seen = grown(seen, room * sizeof(*seen));
		}
		look[looks] = (struct look){ .drive = drives - 1,
			.fails = isfinite(fail_h[drives - 1]),
			.left_h = (float)atof(field[left]) };
		for (int c = 0; c < COUNTERS; c++) {
			double v = atof(field[at[c]]);

			if (frame == 0)
				first[c] = v;
			seen[looks][2 * c] = (float)fmax(0, v - first[c]);
			seen[looks][2 * c + 1] = (float)fmax(
			        0, frame < RECENT ? v - first[c] : v - past[frame % RECENT][c]);
			past[frame % RECENT][c] = v;
		}
	}
}

/* The mean of so many frames. */
static void smooth(int frames)
{
	double past[FRAMES], now;
	int n = 0;

	for (size_t i = 0; i < looks; i++) {
		double sum = 0;

		if (i == 0 || look[i - 1].drive != look[i].drive)
			n = 0;
		now = look[i].score;
		for (int k = 0; k < FRAMES; k++)
			past[k] = n == 0 || k == n % FRAMES ? now : past[k];
		n++;
		for (int k = 0; k < frames; k++)
			sum += past[(n - 1 - k + 2 * FRAMES) % FRAMES];
		look[i].score = sum / frames;
	}
}

/* Half of `of` and half of the rest of kind, by lot; only drives that are in it. */
static void draw(bool *mine, const bool *from, uint64_t *dice)
{
	for (int kind = 0; kind < 2; kind++) {
		int of[4096], n = 0;

		for (int i = 0; i < drives && n < 4096; i++)
			if (from[i] && isfinite(fail_h[i]) == kind)
				of[n++] = i;
		for (int i = n - 1; i > 0; i--) {
			int j, t;

			*dice = *dice * 6364136223846793005ULL + 1442695040888963407ULL;
			j = (int)((*dice >> 33) % (uint64_t)(i + 1));
			t = of[i];
			of[i] = of[j];
			of[j] = t;
		}
		for (int i = 0; i < n; i++)
			mine[of[i]] = i < n / 2;
	}
}

/* The settings to choose from. */
static const struct choice {
	bool servo;
	int frames;
} choices[] = { { false, 1 }, { false, 3 }, { true, 1 }, { true, 3 } };
enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static void fit(const struct choice *c, const bool *mine)
{
	static struct model m;
	bool *use = grown(NULL, looks * sizeof(*use));

	for (int f = 0; f < FEATURES; f++)
		left_out[f] = !c->servo && f >= 2 * SERVO;
	for (size_t i = 0; i < looks; i++)
		use[i] = mine[look[i].drive];
	train(&m, use);
	smooth(c->frames);
	free(use);
}

/* Detected without and with one false alarm among these drives. */
static void judge(const bool *of, double found[2])
{
	double *top = worst(), good[2] = { -INFINITY, -INFINITY }, bad = 0, hit[2] = { 0 };

	for (int i = 0; i < drives; i++)
		if (of[i] && isinf(fail_h[i])) {
			if (top[i] > good[0]) {
				good[1] = good[0];
				good[0] = top[i];
			} else if (top[i] > good[1])
				good[1] = top[i];
		}
	for (int i = 0; i < drives; i++)
		if (of[i] && isfinite(fail_h[i])) {
			bad++;
			hit[0] += top[i] > good[0];
			hit[1] += top[i] > good[1];
		}
	found[0] += hit[0] / bad;
	found[1] += hit[1] / bad;
	free(top);
}

/* By drives of `mine` alone. */
static const struct choice *choose(const bool *mine, uint64_t *dice)
{
	double found[CHOICES][2] = { 0 };
	bool *half = grown(NULL, (size_t)drives * sizeof(*half)),
	     *rest = grown(NULL, (size_t)drives * sizeof(*rest));
	int best = 0;

	for (int s = 0; s < INNER; s++) {
		for (int i = 0; i < drives; i++)
			half[i] = false;
		draw(half, mine, dice);
		for (int i = 0; i < drives; i++)
			rest[i] = mine[i] && !half[i];
		for (int c = 0; c < CHOICES; c++) {
			fit(&choices[c], half);
			judge(rest, found[c]);
		}
	}
	for (int c = 1; c < CHOICES; c++)
		if (found[c][0] + found[c][1] > found[best][0] + found[best][1])
			best = c;
	free(half);
	free(rest);
	return &choices[best];
}

int main(void)
{
	double held[2] = { 0 }, sample[2] = { 0 };
	int taken[CHOICES] = { 0 };
	uint64_t dice = 1;
	bool *mine, *yours, *all;

	read_drives(stdin);
	put_in_bins();
	mine = grown(NULL, (size_t)drives * sizeof(*mine));
	yours = grown(NULL, (size_t)drives * sizeof(*yours));
	all = grown(NULL, (size_t)drives * sizeof(*all));
	for (int i = 0; i < drives; i++)
		all[i] = true;
	for (int s = 0; s < SPLITS; s++) {
		const struct choice *c;

		draw(mine, all, &dice);
		for (int i = 0; i < drives; i++)
			yours[i] = !mine[i];
		c = choose(mine, &dice);
		taken[c - choices]++;
		fit(c, mine);
		judge(yours, held);
		judge(mine, sample);
	}
	printf("held-out %.1f %.1f\nin-sample %.1f %.1f\n", 100 * held[0] / SPLITS,
	        100 * held[1] / SPLITS, 100 * sample[0] / SPLITS, 100 * sample[1] / SPLITS);
	for (int c = 0; c < CHOICES; c++)
		fprintf(stderr, "drives: %s servo counters, mean of %d: %d times\n",
		        choices[c].servo ? "with" : "without", choices[c].frames, taken[c]);
	return 0;
}
