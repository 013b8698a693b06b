/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk.c - /proc/diskstats: rate, utilisation and latency of each disk, and whether it hangs.
 *
 * Disks with a driver and md RAIDs are watched. Loop devices, RAM disks, partitions and device
 * mappings are not: their I/O is counted at the underlying disk. Lines are assigned to disks only
 * when the set of lines changes; a tick parses watched lines and skips the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"

enum {
	DISKS_MAX = 64, /* further disks count as not watched */
	LINES_MAX = 512,
	NAME_MAX_DISK = 32,
	HEAD_MAX = 48, /* two numbers and a name */
};

/* A disk that has had no I/O completed for this long is hung; a slow disk completes some. */
static const double hangs_s = 30;

/* Columns after the name. */
enum {
	READS,
	READ_SECTORS = 2,
	READ_MS,
	WRITES,
	WRITE_SECTORS = 6,
	WRITE_MS,
	IN_FLIGHT,
	BUSY_MS,
	QUEUE_MS,
	DISCARDS,
	FLUSHES = 15,
	COLUMNS
};

enum { READ_KIB, WRITE_KIB, IOPS, LATENCY, BUSY, QUEUE, STUCK_S, STUCK, SERIES };

static const char *const names[SERIES] = { "disk.read_kib", "disk.write_kib", "disk.iops",
	"disk.latency_ms", "disk.busy_ratio", "disk.queue", "disk.stuck_s", "disk.stuck" };

static struct disk {
	char name[NAME_MAX_DISK]; /* "" = free */
	bool seen;
	struct series *series[SERIES];
	double last[COLUMNS];
	uint64_t at_ms, progress_ms; /* of `last`; last time an I/O completed or none was pending */
	int timeouts_fd, degraded_fd;
	double timed_out, timed_out_before;
	struct series *timeouts, *degraded;
} disks[DISKS_MAX];

/*
 * A line identified by its beginning: while that does not change, the line belongs to the same
 * device.
 */
static struct line {
	short disk; /* -1: not watched */
	unsigned short len;
	char head[HEAD_MAX];
} lines[LINES_MAX];

static int fd = -1;
static unsigned line_count;
static struct series *count, *unwatched;

static void release_disk(struct disk *d, bool gone)
{
	for (int i = 0; gone && i < SERIES; i++)
		series_drop(d->series[i]);
	if (gone && d->timeouts)
		series_drop(d->timeouts);
	if (gone && d->degraded)
		series_drop(d->degraded);
	if (d->timeouts_fd >= 0)
		close(d->timeouts_fd);
	if (d->degraded_fd >= 0)
		close(d->degraded_fd);
	*d = (struct disk){ .timeouts_fd = -1, .degraded_fd = -1 };
}

static void disk_close(void)
{
	for (struct disk *d = disks; d < disks + DISKS_MAX && fd >= 0; d++)
		if (*d->name)
			release_disk(d, false);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static int disk_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	memset(disks, 0, sizeof(disks));
	line_count = 0;
	count = table_series(t, "disk.count", "");
	unwatched = table_series(t, "disk.unwatched", "");
	if (!count || !unwatched)
		return -ENOSPC;
	fd = procfile_open("/proc/diskstats", O_RDONLY);
	return fd < 0 ? fd : 0;
}

/* Opens a disk's file in sysfs, where "cciss/c0d0" is named "cciss!c0d0". */
static int open_disk_file(const char *name, const char *file)
{
	char path[128];
	char *s;

	(void)snprintf(path, sizeof(path), "/sys/block/%s", name);
	for (s = path + strlen("/sys/block/"); *s; s++)
		if (*s == '/')
			*s = '!';
	(void)snprintf(s, sizeof(path) - (size_t)(s - path), "/%s", file);
	return procfile_open(path, O_RDONLY);
}

static struct disk *open_disk(struct table *t, const char *name)
{
	int device = open_disk_file(name, "device"), degraded = open_disk_file(name, "md/degraded");
	struct disk *d = disks;

	while (d < disks + DISKS_MAX && *d->name)
		d++;
	if (device >= 0)
		close(device);
	if ((device < 0 && degraded < 0) || d == disks + DISKS_MAX ||
	        table_series_all(t, name, names, d->series, SERIES) < 0) {
		if (degraded >= 0)
			close(degraded);
		return NULL;
	}
	STR_COPY(d->name, name);
	d->degraded_fd = degraded;
	d->timeouts_fd = open_disk_file(name, "device/iotmo_cnt");
	d->timed_out_before = NAN;
	d->timeouts = d->timeouts_fd < 0 ? NULL : table_series(t, "disk.timeouts", name);
	d->degraded = degraded < 0 ? NULL : table_series(t, "disk.degraded", name);
	return d;
}

static struct disk *find_disk(const char *name)
{
	for (struct disk *d = disks; d < disks + DISKS_MAX; d++)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

/* Parses the part up to the name of " 254       0 vda 62163 9641 ..."; false: not such a line. */
static bool parse_line_head(const char *s, struct line *ret, char name[static NAME_MAX_DISK])
{
	const char *from = s;
	double major = procfile_digits(s, &s), minor = procfile_digits(s, &s);
	size_t n;

	s += strspn(s, " ");
	n = strcspn(s, " \n");
	*ret = (struct line){ .disk = -1 };
	if (isnan(major) || isnan(minor) || n == 0 || n >= NAME_MAX_DISK || s[n] != ' ' ||
	        memchr(s, '.', n) || s + n + 1 - from > HEAD_MAX)
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	ret->len = (unsigned short)(s + n + 1 - from);
	memcpy(ret->head, from, ret->len);
	return true;
}

/* Assigns lines to disks after the set of lines has changed. */
static void rescan_disks(struct table *t, const char *text)
{
	char name[NAME_MAX_DISK];

	line_count = 0;
	for (struct disk *d = disks; d < disks + DISKS_MAX; d++)
		d->seen = false;
	for (const char *s = text; *s && line_count < LINES_MAX; s += *s == '\n') {
		struct line *l = &lines[line_count];
		struct disk *d = NULL;

		if (parse_line_head(s, l, name)) {
			d = find_disk(name);
			d = d ? d : open_disk(t, name);
		}
		if (d && !d->seen) {
			d->seen = true;
			l->disk = (short)(d - disks);
		}
		line_count++;
		s += strcspn(s, "\n");
	}
	for (struct disk *d = disks; d < disks + DISKS_MAX; d++)
		if (*d->name && !d->seen)
			release_disk(d, true);
}

static double column_delta(const struct disk *d, const double now[static COLUMNS], int column)
{
	return now[column] >= d->last[column] ? now[column] - d->last[column] : NAN;
}

/* Sets how long I/O has been in flight without any completion. */
static void update_stuck(struct disk *d, const struct table *t, const double now[static COLUMNS])
{
	static const int done[] = { READS, WRITES, DISCARDS, FLUSHES };
	bool progressed = d->at_ms == 0 || now[IN_FLIGHT] == 0;
	double s;

	for (int i = 0; i < 4; i++)
		progressed = progressed || now[done[i]] != d->last[done[i]];
	if (progressed)
		d->progress_ms = t->now_ms;
	s = (double)(t->now_ms - d->progress_ms) / 1000;
	series_set(d->series[STUCK_S], t, s);
	series_set(d->series[STUCK], t, s >= hangs_s);
}

static void set_disk(struct disk *d, const struct table *t, const double now[static COLUMNS])
{
	double per_s =
	        d->at_ms && t->now_ms > d->at_ms ? 1000 / (double)(t->now_ms - d->at_ms) : NAN;
	double ops = column_delta(d, now, READS) + column_delta(d, now, WRITES);
	double busy = column_delta(d, now, BUSY_MS) * per_s / 1000;

	/* The kernel counts in sectors of 512 bytes, regardless of the disk's sector size. */
	series_set(d->series[READ_KIB], t, column_delta(d, now, READ_SECTORS) / 2 * per_s);
	series_set(d->series[WRITE_KIB], t, column_delta(d, now, WRITE_SECTORS) / 2 * per_s);
	series_set(d->series[IOPS], t, ops * per_s);
	series_set(d->series[LATENCY], t,
	        ops > 0 && !isnan(per_s)
	                ? (column_delta(d, now, READ_MS) + column_delta(d, now, WRITE_MS)) / ops
	                : NAN);
	series_set(d->series[BUSY], t, busy > 1 ? 1 : busy);
	series_set(d->series[QUEUE], t, column_delta(d, now, QUEUE_MS) * per_s / 1000);
	update_stuck(d, t, now);
	memcpy(d->last, now, sizeof(d->last));
	d->at_ms = t->now_ms;
}

static void set_disk_unknown(const struct disk *d, const struct table *t)
{
	for (int i = 0; i < SERIES; i++)
		series_set(d->series[i], t, NAN);
}

/* Reads the driver's timeout counter (hexadecimal, SCSI only) and the state of a RAID. */
static void read_disk_details(struct disk *d, const struct table *t)
{
	char text[32];

	if (d->timeouts) {
		bool known = procfile_read(d->timeouts_fd, text, sizeof(text)) > 0;

		if (known)
			d->timed_out +=
			        rate_more(&d->timed_out_before, (double)strtoul(text, NULL, 16));
		series_set(d->timeouts, t, known ? d->timed_out : NAN);
	}
	if (d->degraded)
		series_set(d->degraded, t,
		        procfile_read(d->degraded_fd, text, sizeof(text)) > 0
		                ? (double)(procfile_digits(text, NULL) > 0)
		                : NAN);
}

/* Parses the next column; NAN without one. */
static double parse_column(const char **s)
{
	const char *at = *s;
	uint64_t n = 0;

	while (*at == ' ')
		at++;
	for (*s = at; *at >= '0' && *at <= '9'; at++)
		n = n * 10 + (uint64_t)(*at - '0');
	if (at == *s)
		return NAN;
	*s = at;
	return (double)n;
}

/* Parses a disk's line from behind its head to its end. */
static const char *read_disk_line(struct disk *d, const struct table *t, const char *s)
{
	double now[COLUMNS];

	if (d->at_ms == t->now_ms)
		return s; /* already read in this tick, before the set of lines changed */
	for (int i = 0; i < COLUMNS; i++) {
		now[i] = parse_column(&s);
		if (i <= QUEUE_MS && isnan(now[i])) {
			set_disk_unknown(d, t);
			return s;
		}
		if (isnan(now[i]))
			now[i] = 0; /* old kernels have no columns for discards and flushes */
	}
	set_disk(d, t, now);
	read_disk_details(d, t);
	return s;
}

/* Reads all lines; false if they belong to other devices than before. */
static bool read_disk_lines(const struct table *t, const char *text, const char *end)
{
	const char *s = text;

	for (const struct line *l = lines; l < lines + line_count; l++) {
		if (end - s < l->len || memcmp(s, l->head, l->len) != 0)
			return false;
		s += l->len;
		if (l->disk >= 0)
			s = read_disk_line(&disks[l->disk], t, s);
		s = memchr(s, '\n', (size_t)(end - s));
		if (!s++)
			return l == lines + line_count - 1;
	}
	return s == end || line_count == LINES_MAX;
}

static int disk_read(struct table *t)
{
	const char *text = procfile_scratch(fd), *end;
	unsigned n = 0;

	if (!text) {
		for (struct disk *d = disks; d < disks + DISKS_MAX; d++)
			if (*d->name)
				set_disk_unknown(d, t);
		return -errno;
	}
	end = text + strlen(text);
	if (!read_disk_lines(t, text, end)) {
		rescan_disks(t, text);
		(void)read_disk_lines(t, text, end);
	}
	for (const struct disk *d = disks; d < disks + DISKS_MAX; d++)
		n += *d->name != '\0';
	series_set(count, t, n);
	series_set(unwatched, t, line_count - n);
	return 0;
}

const struct collector disk_collector = {
	.name = "disk",
	.open = disk_open,
	.read = disk_read,
	.close = disk_close,
};
