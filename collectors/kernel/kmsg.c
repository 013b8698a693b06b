/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kmsg.c - reads the kernel log and counts its messages by class.
 *
 * Each read of /dev/kmsg returns one numbered record, so overwritten records can be counted
 * (kernel.log_lost). Records that programs wrote to the log are ignored: otherwise a user with that
 * right could cause the guest to be replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collectors/kernel/kmsg_class.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

enum {
	RECORD_MAX = 8192,  /* as in the kernel's source */
	RECORDS_MAX = 1000, /* per reading: the rest of a flood waits for the next */
};

static int fd = -1;
static struct series *series[KMSG_CLASSES], *lost_series;
static double count[KMSG_CLASSES], lost, next; /* next: expected sequence number; NAN: any */

static void kmsg_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

static int kmsg_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	if (table_series_all(t, "", kmsg_metric, series, KMSG_CLASSES) < 0)
		return -ENOSPC;
	lost_series = table_series(t, "kernel.log_lost", "");
	if (!lost_series)
		return -ENOSPC;
	fd = procfile_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (fd < 0) /* in a container it may be missing or unreadable */
		return fd == -EPERM || fd == -EACCES ? -EOPNOTSUPP : fd;
	/* Starts at the end of the log: older records may be days old. */
	(void)lseek(fd, 0, SEEK_END);
	memset(count, 0, sizeof(count));
	lost = 0;
	next = NAN;
	return 0;
}

/*
 * Parses "6,1234,5678901,-;text\n KEY=value\n": level and facility, sequence number, us since boot,
 * flags.
 */
static void count_kmsg_record(struct table *t, char *record)
{
	const char *s = record;
	char *text = strchr(record, ';'), *end;
	double prefix = procfile_digits(s, &s), sequence;
	enum kmsg_class class;

	if (!text || *s != ',' || isnan(prefix))
		return;
	sequence = procfile_digits(s + 1, &s);
	if (isnan(sequence) || *s != ',')
		return;
	if (sequence > next)
		lost += sequence - next;
	next = sequence + 1;
	if (prefix >= 8) /* a facility other than the kernel's */
		return;
	end = strchr(++text, '\n');
	if (end)
		*end = '\0';
	class = kmsg_classify(text);
	if (class == KMSG_OTHER)
		return;
	count[class]++;
	table_note(t, series[class], text);
}

static int kmsg_read(struct table *t)
{
	int r = 0;

	for (int i = 0; i < RECORDS_MAX && r == 0; i++) {
		char record[RECORD_MAX + 1];
		ssize_t n = read(fd, record, RECORD_MAX);

		if (n > 0) {
			record[n] = '\0';
			count_kmsg_record(t, record);
		} else if (n == 0 || errno == EAGAIN) {
			break;
			/* EPIPE: records were lost, continue */
		} else if (errno != EPIPE && errno != EINTR) {
			r = -errno;
		}
	}
	for (int i = 0; i < KMSG_CLASSES; i++)
		series_set(series[i], t, r < 0 ? NAN : count[i]);
	series_set(lost_series, t, lost);
	return r;
}

static int kmsg_fd(void)
{
	return fd;
}

const struct collector kmsg_collector = {
	.name = "kmsg",
	.open = kmsg_open,
	.read = kmsg_read,
	.close = kmsg_close,
	.fd = kmsg_fd,
	.input = true,
};
