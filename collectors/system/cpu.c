/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.c - /proc/stat: states of the CPUs, time that the host took (steal), and waiting tasks.
 * Shares are of all CPUs together since the last reading; `hottest` is the busiest CPU, so that a
 * saturated thread is visible on a machine of many CPUs.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"

enum {
	CPUS_MAX = 512, /* further CPUs count in the sum, but not for `hottest` */
	USER = 0,       /* the columns of a line, as the kernel writes them */
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	IRQ,
	SOFTIRQ,
	STEAL,
	COLUMNS,
};

enum {
	BUSY_S,
	USER_S,
	SYSTEM_S,
	IOWAIT_S,
	STEAL_S,
	IRQ_S,
	HOTTEST,
	COUNT,
	RUNNABLE,
	SWITCHES,
	INTERRUPTS,
	FORKS,
	SERIES
};

static const char *const names[SERIES] = { "cpu.busy_ratio", "cpu.user_ratio", "cpu.system_ratio",
	"cpu.iowait_ratio", "cpu.steal_ratio", "cpu.irq_ratio", "cpu.hottest_ratio", "cpu.count",
	"cpu.runnable", "cpu.switches", "cpu.interrupts", "proc.forks" };

static int fd = -1;
static struct series *series[SERIES];
static struct rate switches, interrupts, forks;
static double before[COLUMNS];
static struct {
	float busy, all;
} one[CPUS_MAX];

static void cpu_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static int cpu_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	for (int i = 0; i < COLUMNS; i++)
		before[i] = NAN;
	for (int i = 0; i < CPUS_MAX; i++)
		one[i].busy = one[i].all = NAN;
	switches = interrupts = forks = (struct rate){ 0 };
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	fd = procfile_open("/proc/stat", O_RDONLY);
	return fd < 0 ? fd : 0;
}

/*
 * Parses "cpu  10 0 20 300 4 0 5 6 0 0"; columns that an old kernel lacks are 0. False: not such a
 * line.
 */
static bool parse_cpu_columns(const char *s, double ret[static COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		ret[i] = procfile_digits(s, &s);
		if (i <= IDLE && isnan(ret[i]))
			return false;
		if (isnan(ret[i]))
			ret[i] = 0;
	}
	return true;
}

static double sum_cpu_columns(const double c[static COLUMNS])
{
	double all = 0;

	for (int i = 0; i < COLUMNS; i++)
		all += c[i];
	return all;
}

/* Returns the busy share of one CPU since the last reading; iowait counts as idle. */
static double busy_of(unsigned cpu, const double c[static COLUMNS])
{
	double all = sum_cpu_columns(c), busy = all - c[IDLE] - c[IOWAIT], share = NAN;

	/* A float is exact up to 16 million ticks, so only the remainder is stored. */
	all = fmod(all, 1 << 20);
	busy = fmod(busy, 1 << 20);
	if (all > (double)one[cpu].all && busy >= (double)one[cpu].busy)
		share = (busy - (double)one[cpu].busy) / (all - (double)one[cpu].all);
	one[cpu].all = (float)all;
	one[cpu].busy = (float)busy;
	return share <= 1 ? share : NAN;
}

static void put_cpu_shares(const struct table *t, const double c[static COLUMNS])
{
	double d[COLUMNS], all;

	for (int i = 0; i < COLUMNS; i++) {
		d[i] = fmax(c[i] - before[i], 0); /* idle and iowait may decrease slightly */
		if (isnan(c[i]) || isnan(before[i]))
			d[i] = NAN;
		before[i] = c[i];
	}
	all = sum_cpu_columns(d);
	if (!(all > 0))
		all = NAN;
	series_set(series[BUSY_S], t, (all - d[IDLE] - d[IOWAIT]) / all);
	series_set(series[USER_S], t, (d[USER] + d[NICE]) / all);
	series_set(series[SYSTEM_S], t, d[SYSTEM] / all);
	series_set(series[IOWAIT_S], t, d[IOWAIT] / all);
	series_set(series[STEAL_S], t, d[STEAL] / all);
	series_set(series[IRQ_S], t, (d[IRQ] + d[SOFTIRQ]) / all);
}

/* Reads the line of each CPU; returns the first other line. */
static const char *put_each_cpu(const struct table *t, const char *s)
{
	double hottest = NAN, c[COLUMNS];
	unsigned n = 0;

	while ((s = strchr(s, '\n')) != NULL && strncmp(++s, "cpu", 3) == 0) {
		const char *at;
		double cpu = procfile_digits(s + 3, &at);

		if (isnan(cpu) || !parse_cpu_columns(at, c))
			continue;
		n++;
		if (cpu < CPUS_MAX)
			hottest = fmax(hottest, busy_of((unsigned)cpu, c));
	}
	series_set(series[HOTTEST], t, hottest);
	series_set(series[COUNT], t, n ? (double)n : NAN);
	return s ? s : "";
}

static int cpu_read(struct table *t)
{
	const char *text = procfile_scratch(fd), *rest;
	double c[COLUMNS];
	int r = text ? 0 : -errno;

	if (!text)
		text = "";
	if (strncmp(text, "cpu ", 4) != 0 || !parse_cpu_columns(text + 4, c)) {
		for (int i = 0; i < COLUMNS; i++)
			c[i] = NAN;
		r = r < 0 ? r : -EBADMSG;
	}
	put_cpu_shares(t, c);
	rest = put_each_cpu(t, text);
	series_set(series[RUNNABLE], t, procfile_number(rest, "procs_running "));
	series_set(series[SWITCHES], t, rate_of(&switches, t, procfile_number(rest, "ctxt ")));
	series_set(series[INTERRUPTS], t, rate_of(&interrupts, t, procfile_number(rest, "intr ")));
	series_set(series[FORKS], t, rate_of(&forks, t, procfile_number(rest, "processes ")));
	return r;
}

const struct collector cpu_collector = {
	.name = "cpu",
	.open = cpu_open,
	.read = cpu_read,
	.close = cpu_close,
};
