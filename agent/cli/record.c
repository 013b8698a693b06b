/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - `prehup record FILE`: writes samples as CSV for `prehup replay` to a bounded number of
 * rotating files.
 *
 * The header of a file lists its columns, so a series that appears or disappears begins another
 * file.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/cli/commands.h"
#include "agent/cli/metrics.h"
#include "agent/cli/options.h"
#include "agent/conf/conf_keys.h"

enum { FILES_MAX = 100 };

static struct recorder {
	struct metrics_reader reading; /* `rec` is static: too large for the stack */
	struct loop_timer timer;
	struct loop_signals signals;
	const char *path;
	FILE *out;
	uint64_t columns_hash;                    /* hash of the columns of `out` */
	double interval_s, size_max, files, left; /* left: remaining samples, NAN: no limit */
	int error;
} rec;

/* Hashes the set of series; generations differ for every owner of a slot. */
static uint64_t hash_table_columns(const struct table *t)
{
	uint64_t h = 14695981039346656037U;

	for (unsigned i = 0; i < t->count; i++)
		h = (h ^ t->series[i].generation) * 1099511628211U;
	return h;
}

/* Renames FILE.2 to FILE.3, FILE.1 to FILE.2, FILE to FILE.1; the last one is overwritten. */
static int rotate_record_files(const char *path, int files)
{
	char from[PATH_MAX], to[PATH_MAX];

	for (int i = files - 1; i > 0; i--) {
		if (i > 1)
			(void)snprintf(from, sizeof(from), "%s.%d", path, i - 1);
		else
			STR_COPY(from, path);
		if (snprintf(to, sizeof(to), "%s.%d", path, i) >= (int)sizeof(to))
			return -ENAMETOOLONG;
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

/* Writes a quoted cell; quotes and control characters in it become '?'. */
static void write_column_name(FILE *out, const struct series *s)
{
	fputs(",\"", out);
	fputs(s->name, out);
	for (const char *c = *s->instance ? s->instance : ""; *c; c++) {
		if (c == s->instance)
			fputc('[', out);
		fputc(*c == '"' || (unsigned char)*c < ' ' ? '?' : *c, out);
	}
	fputs(*s->instance ? "]\"" : "\"", out);
}

static int begin_record_file(struct recorder *r)
{
	const struct table *t = &r->reading.table;
	int e, fd;

	if (r->out && fclose(r->out) != 0)
		return -errno;
	r->out = NULL;
	e = rotate_record_files(r->path, (int)r->files);
	if (e < 0)
		return e;
	fd = open(r->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	r->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!r->out)
		return -errno;
	fputs("timestamp", r->out);
	for (const struct series *s = t->series; s < t->series + t->count; s++)
		if (s->generation)
			write_column_name(r->out, s);
	fputc('\n', r->out);
	r->columns_hash = hash_table_columns(t);
	return 0;
}

static int write_record_row(struct recorder *r)
{
	const struct table *t = &r->reading.table;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	fprintf(r->out, "%lld.%03ld", (long long)now.tv_sec, now.tv_nsec / 1000000);
	for (const struct series *s = t->series; s < t->series + t->count; s++) {
		if (s->generation == 0)
			continue;
		fputc(',', r->out);
		if (s->at_ms == t->now_ms && isfinite(s->value))
			fprintf(r->out, "%.9g", s->value);
	}
	fputc('\n', r->out);
	return fflush(r->out) != 0 ? -errno : 0;
}

static void record_one_sample(struct loop_timer *timer, uint64_t missed)
{
	struct recorder *r = container_of(timer, struct recorder, timer);
	int e = 0;

	(void)missed;
	metrics_reader_tick(&r->reading);
	if (!r->out || hash_table_columns(&r->reading.table) != r->columns_hash ||
	        (double)ftell(r->out) >= r->size_max)
		e = begin_record_file(r);
	if (e == 0)
		e = write_record_row(r);
	r->error = e;
	if (e < 0 || --r->left <= 0)
		loop_stop(&r->reading.loop);
}

static void handle_record_signal(struct loop_signals *s, int signo)
{
	(void)signo;
	loop_stop(&container_of(s, struct recorder, signals)->reading.loop);
}

static int run_recorder(struct recorder *r)
{
	sigset_t set;
	int e = metrics_reader_open(&r->reading);

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	r->timer.fired = record_one_sample;
	r->signals.caught = handle_record_signal;
	if (r->interval_s == 0)
		r->interval_s = r->reading.conf.collect_s;
	if (e == 0)
		e = loop_signals_start(&r->reading.loop, &r->signals, &set);
	if (e == 0)
		e = loop_timer_start(
		        &r->reading.loop, &r->timer, 0, (uint64_t)(r->interval_s * 1000));
	if (e == 0)
		e = loop_run(&r->reading.loop);
	loop_timer_stop(&r->reading.loop, &r->timer);
	loop_signals_stop(&r->reading.loop, &r->signals);
	metrics_reader_close(&r->reading);
	if (r->out && fclose(r->out) != 0 && r->error == 0)
		r->error = -errno;
	return e < 0 ? e : r->error;
}

int command_record(int argc, char **argv)
{
	const char *interval = NULL;
	double mib = 16;
	const struct option_entry entries[] = {
		{ 0, "interval", "TIME", "time between two samples (default: of [collect])",
		        .text = &interval },
		{ 0, "size", "MIB", "begin another file at this size (default: 16)", .number = &mib,
		        .min = 0.001, .max = 1e6 },
		{ 0, "files", "N", "number of files to keep: FILE, FILE.1, ... (default: 4)",
		        .number = &rec.files, .min = 1, .max = FILES_MAX },
		{ 0, "count", "N", "end after N samples", .number = &rec.left, .min = 1,
		        .max = 1e12 },
		{ 0 },
	};
	const struct options o = { .program = "prehup record",
		.entry = entries,
		.operand = "FILE",
		.notes = "Writes CSV for prehup replay.  Ends at SIGINT or SIGTERM.\n" };
	int r;

	rec.files = 4;
	rec.left = NAN;
	r = options_parse(argc, argv, &o);
	if (r >= 0)
		return r;
	if (interval && (conf_seconds(interval, &rec.interval_s) < 0 || rec.interval_s < 0.1 ||
	                        rec.interval_s > 86400))
		return options_fail(&o, "--interval: \"%s\" is not a time (10, 10s, 5m)", interval);
	rec.path = argv[optind];
	rec.size_max = mib * 1024 * 1024;
	log_open(LOG_WARNING);
	r = run_recorder(&rec);
	if (r < 0)
		fprintf(stderr, "prehup record: %s: %s\n", rec.path, strerror(-r));
	return r < 0;
}
