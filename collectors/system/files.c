/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - resources with a machine-wide limit: open files, AIO requests, terminals. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

enum { FILE_NR, INODE_NR, AIO_NR, AIO_MAX, PTY_NR, PTY_MAX, FILES };

static const char *const paths[FILES] = { [FILE_NR] = "/proc/sys/fs/file-nr",
	[INODE_NR] = "/proc/sys/fs/inode-nr",
	[AIO_NR] = "/proc/sys/fs/aio-nr",
	[AIO_MAX] = "/proc/sys/fs/aio-max-nr",
	[PTY_NR] = "/proc/sys/kernel/pty/nr",
	[PTY_MAX] = "/proc/sys/kernel/pty/max" };

enum { OPEN, OPEN_USED, INODES, AIO_USED, PTY_USED, SERIES };

static const char *const names[SERIES] = { "file.open", "file.used_ratio", "file.inodes",
	"aio.used_ratio", "pty.used_ratio" };

static int fds[FILES] = { -1, -1, -1, -1, -1, -1 };
static struct series *series[SERIES];

static void files_close(void)
{
	for (int i = 0; i < FILES; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static int open_files_collector(const struct conf *cf, struct table *t)
{
	(void)cf;
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	for (int i = 0; i < FILES; i++)
		fds[i] = procfile_open(paths[i], O_RDONLY);
	return fds[FILE_NR] < 0 ? fds[FILE_NR] : 0;
}

static double file_share(double used, double whole)
{
	return whole > 0 ? used / whole : NAN;
}

/* file-nr: "allocated  free (0 since 2.6)  limit". Limits may change at any time. */
static int files_read(struct table *t)
{
	double file[3], inode[3], nr[3], max[3];

	procfile_numbers(fds[FILE_NR], file);
	procfile_numbers(fds[INODE_NR], inode);
	series_set(series[OPEN], t, file[0] - file[1]);
	series_set(series[OPEN_USED], t, file_share(file[0] - file[1], file[2]));
	series_set(series[INODES], t, inode[0] - inode[1]);
	procfile_numbers(fds[AIO_NR], nr);
	procfile_numbers(fds[AIO_MAX], max);
	series_set(series[AIO_USED], t, file_share(nr[0], max[0]));
	procfile_numbers(fds[PTY_NR], nr);
	procfile_numbers(fds[PTY_MAX], max);
	series_set(series[PTY_USED], t, file_share(nr[0], max[0]));
	return isnan(file[2]) ? -EBADMSG : 0;
}

const struct collector files_collector = {
	.name = "files",
	.open = open_files_collector,
	.read = files_read,
	.close = files_close,
};
