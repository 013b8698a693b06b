/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - the number of processes, without reading each of them.
 *
 * The kernel counts every process as a link of /proc, so one stat() (2 us) suffices; listing the
 * directory takes 29 us with 50 processes and 4.7 ms with 5,000. A comparison at the start yields
 * the number of other directories in /proc. In a nested pid namespace the links still count the
 * whole machine, so there the directory is listed, at every sixth tick.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/collector.h"

/* inode number of the initial pid namespace (PROC_PID_INIT_INO in the kernel) */
static const ino_t first_namespace = 0xEFFFFFFC;

enum { LIST_EVERY = 6 };

static struct series *count;
static DIR *dir;
static double offset; /* links that are not processes; NAN: list the directory */
static unsigned turn;

static int count_listed_processes(double *ret)
{
	const struct dirent *d;
	double n = 0;

	rewinddir(dir);
	errno = 0;
	while ((d = readdir(dir)) != NULL)
		n += d->d_name[0] >= '1' && d->d_name[0] <= '9';
	*ret = n;
	return -errno;
}

static bool in_first_namespace(void)
{
	struct stat st;

	return *path_kernel_root() == '\0' && stat("/proc/self/ns/pid", &st) == 0 &&
	       st.st_ino == first_namespace;
}

static void process_close(void)
{
	if (dir)
		closedir(dir);
	dir = NULL;
}

static int process_open(const struct conf *cf, struct table *t)
{
	char path[PATH_MAX];
	struct stat st;
	double n;

	(void)cf;
	(void)snprintf(path, sizeof(path), "%s/proc", path_kernel_root());
	count = table_series(t, "proc.count", "");
	if (!count)
		return -ENOSPC;
	dir = opendir(path);
	if (!dir)
		return -errno;
	offset = NAN;
	turn = 0;
	if (in_first_namespace() && count_listed_processes(&n) == 0 && fstat(dirfd(dir), &st) == 0)
		offset = (double)st.st_nlink - n;
	return 0;
}

static int process_read(struct table *t)
{
	struct stat st;
	double n = NAN;
	int r = 0;

	if (!isnan(offset)) {
		r = fstat(dirfd(dir), &st) < 0 ? -errno : 0;
		n = (double)st.st_nlink - offset;
	} else if (turn++ % LIST_EVERY == 0) {
		r = count_listed_processes(&n);
	} else {
		return 0;
	}
	series_set(count, t, r < 0 ? NAN : n);
	return r;
}

const struct collector process_collector = {
	.name = "process",
	.open = process_open,
	.read = process_read,
	.close = process_close,
};
