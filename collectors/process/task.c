/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.c - reads /proc/PID/stat by open, read, close: 9 us each, nearly all of it in the kernel. A
 * descriptor kept open would halve that, at the cost of one for every process.
 */
#include "collectors/process/task.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collectors/lib/procfile.h"

/* Columns, counted from the state. */
enum { PARENT = 1, UTIME = 11, STIME = 12, THREADS = 17, START = 19, RSS = 21, COLUMNS };

/* Parses the columns; negative ones (priorities, "no terminal") are unused and become NAN. */
static bool skip_stat_columns(const char *s, double ret[static COLUMNS])
{
	for (int i = 1; i < COLUMNS; i++) {
		s += strspn(s, " ");
		if (*s == '\0')
			return false;
		ret[i] = procfile_digits(s, NULL);
		s += strcspn(s, " ");
	}
	return true;
}

/*
 * Parses "812 (a) b) S 1 812 ...": the name may contain any character, so it ends at the last ')'.
 */
bool task_parse(const char *text, struct task *ret)
{
	const char *name = strchr(text, '('), *end = strrchr(text, ')');
	double pid = procfile_digits(text, NULL), c[COLUMNS];
	size_t n;

	if (isnan(pid) || pid > 4194304 || !name || !end || end < name || end[1] != ' ' || !end[2])
		return false;
	n = (size_t)(end - name - 1);
	n = n < TASK_COMM - 1 ? n : TASK_COMM - 1;
	*ret = (struct task){ .pid = (int)pid, .state = end[2] };
	for (size_t i = 0; i < n; i++)
		ret->comm[i] = name[1 + i] < ' ' || name[1 + i] > '~' ? '?' : name[1 + i];
	if (!skip_stat_columns(end + 3, c) || isnan(c[START]))
		return false;
	ret->parent = c[PARENT] <= 4194304 ? (int)c[PARENT] : 0;
	ret->cpu_ticks = c[UTIME] + c[STIME];
	ret->threads = c[THREADS];
	ret->start_ticks = c[START];
	ret->rss_pages = c[RSS];
	return true;
}

bool task_read(int pid, struct task *ret)
{
	char path[TASK_PATH], text[1024];
	int fd, n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = procfile_open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = procfile_read(fd, text, sizeof(text));
	close(fd);
	return n > 0 && task_parse(text, ret) && ret->pid == pid;
}

int task_walk_open(struct task_walk *w)
{
	*w = (struct task_walk){ .fd = procfile_open("/proc", O_RDONLY | O_DIRECTORY) };
	w->open = w->fd >= 0;
	return w->open ? 0 : w->fd;
}

void task_walk_close(struct task_walk *w)
{
	if (w->open)
		close(w->fd);
	*w = (struct task_walk){ 0 };
}

struct entry {
	uint64_t ino;
	int64_t off; /* position of the following entry */
	unsigned short len;
	unsigned char type;
	char name[];
};

int task_walk_some(struct task_walk *w, unsigned max, void (*each)(int pid, void *arg), void *arg)
{
	_Alignas(struct entry) char buf[8192];
	long n;

	if (lseek(w->fd, w->at, SEEK_SET) < 0)
		return -errno;
	while ((n = syscall(SYS_getdents64, w->fd, buf, sizeof(buf))) > 0) {
		for (long i = 0; i < n;) {
			const struct entry *e = (const struct entry *)(const void *)(buf + i);
			double pid = procfile_digits(e->name, NULL);

			if (max == 0)
				return 0;
			i += e->len;
			w->at = e->off;
			if (isnan(pid))
				continue;
			each((int)pid, arg);
			max--;
		}
	}
	w->at = 0;
	return n < 0 ? -errno : 1;
}
