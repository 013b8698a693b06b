/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick.c - what a tick costs, against a floor: a bare loop that preads the very same kernel files (and
 * asks the same filesystems) and does nothing else.  Both in turn, in one process, in one run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/log.h"
#include "agent/score.h"
#include "collectors/mounts.h"
#include "collectors/runner.h"

enum { ROUNDS = 20, TICKS = 200 };

static const char *const files[] = { "/proc/meminfo", "/proc/loadavg", "/proc/sys/kernel/pid_max",
	"/proc/sys/kernel/threads-max", "/proc/pressure/cpu", "/proc/pressure/io",
	"/proc/pressure/memory" };

enum { FILES = sizeof(files) / sizeof(files[0]) };

static struct table table;
static struct runner runner;
static struct scorer scorer;
static struct event_queue events;

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return 1e6 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double floor_us(const int *fd, const struct mount *mounts, int n, int proc)
{
	double from = cpu_us();
	char buf[4096];

	for (int i = 0; i < TICKS; i++) {
		struct statvfs v;
		struct stat st;

		for (int j = 0; j < FILES; j++)
			if (fd[j] >= 0 && pread(fd[j], buf, sizeof(buf), 0) < 0)
				abort();
		for (int j = 0; j < n; j++)
			(void)statvfs(mounts[j].path, &v);
		(void)fstat(proc, &st);
	}
	return (cpu_us() - from) / TICKS;
}

static double agent_us(const struct score_conf *cf, uint64_t *now_ms)
{
	double from = cpu_us();

	for (int i = 0; i < TICKS; i++) {
		struct event e;

		table_tick(&table, *now_ms += 10000);
		runner_tick(&runner);
		score_update(&scorer, &table, cf, &events);
		while (event_pop(&events, &e))
			;
	}
	return (cpu_us() - from) / TICKS;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	struct conf cf = { .collectors = "memory filesystem pressure load process",
		.filesystems = "auto",
		.score = { .raise = 0.8, .clear = 0.4, .horizon_s = 900 } };
	static struct mount mounts[MOUNTS_MAX];
	double floor[ROUNDS], agent[ROUNDS], ratio[ROUNDS];
	int fd[FILES], proc = open("/proc", O_RDONLY | O_DIRECTORY), n;
	int info = open("/proc/self/mountinfo", O_RDONLY);
	uint64_t now_ms = 1000;
	struct loop loop;

	log_open(LOG_EMERG);
	for (int i = 0; i < FILES; i++)
		fd[i] = open(files[i], O_RDONLY);
	n = mounts_read(info, mounts);
	if (loop_open(&loop) < 0 || n < 0 || runner_open(&runner, &loop, &table, &cf) < 0)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		floor[i] = floor_us(fd, mounts, n, proc);
		agent[i] = agent_us(&cf.score, &now_ms);
		ratio[i] = agent[i] / floor[i];
	}
	qsort(floor, ROUNDS, sizeof(double), by_value);
	qsort(agent, ROUNDS, sizeof(double), by_value);
	qsort(ratio, ROUNDS, sizeof(double), by_value);
	printf("bench floor_per_tick %.1f us\n", floor[ROUNDS / 2]);
	printf("bench cpu_per_tick %.1f us\n", agent[ROUNDS / 2]);
	printf("bench cpu_per_tick_vs_floor %.2f ratio\n", ratio[ROUNDS / 2]);
	printf("bench series %u 1\n", table.count);
	return 0;
}
