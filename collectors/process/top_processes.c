/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/process/top_processes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"
#include "collectors/lib/procfile.h"
#include "collectors/process/task.h"

enum { TOP = 3, PROCESSES_MAX = 8192 };

enum measure { NOTHING, MEMORY, THREADS, FILES };

struct search {
	enum measure measure;
	struct {
		char comm[TASK_COMM];
		int pid;
		double amount;
	} top[TOP];
};

static enum measure measure_process(const char *metric)
{
	static const struct {
		const char *prefix;
		enum measure measure;
	} known[] = { { "mem.used_ratio", MEMORY }, { "mem.commit", MEMORY }, { "swap.", MEMORY },
		{ "psi.memory.", MEMORY }, { "kernel.oom_kills", MEMORY },
		{ "proc.used_ratio", THREADS }, { "file.", FILES } };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strncmp(metric, known[i].prefix, strlen(known[i].prefix)) == 0)
			return known[i].measure;
	return NOTHING;
}

static bool count_open_file(const char *name, void *arg)
{
	(void)name;
	++*(unsigned *)arg;
	return true;
}

/* Returns the number of open files, which is the size of the directory since Linux 6.2. */
static double count_open_files(int pid)
{
	char path[TASK_PATH], full[PATH_MAX];
	struct stat st;
	unsigned n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	(void)snprintf(full, sizeof(full), "%s%s", path_kernel_root(), path);
	if (*path_kernel_root() == '\0' && stat(full, &st) == 0 && st.st_size > 0)
		return (double)st.st_size;
	return procfile_list(path, count_open_file, &n) == 0 ? (double)n : 0;
}

static void visit_process(int pid, void *arg)
{
	struct search *s = arg;
	struct task k;
	double amount;
	int at = TOP;

	if (!task_read(pid, &k))
		return;
	amount = s->measure == MEMORY    ? k.rss_pages
	         : s->measure == THREADS ? k.threads
	                                 : count_open_files(pid);
	while (at > 0 && amount > s->top[at - 1].amount)
		at--;
	if (at == TOP)
		return;
	memmove(&s->top[at + 1], &s->top[at], (size_t)(TOP - 1 - at) * sizeof(s->top[0]));
	memcpy(s->top[at].comm, k.comm, sizeof(k.comm));
	s->top[at].pid = pid;
	s->top[at].amount = amount;
}

static void print_amount(enum measure m, double amount, char *ret, size_t size)
{
	double mib = amount * (double)sysconf(_SC_PAGESIZE) / 1048576;

	if (m == MEMORY && mib >= 1024)
		(void)snprintf(ret, size, "%.1f GiB", mib / 1024);
	else if (m == MEMORY)
		(void)snprintf(ret, size, "%.0f MiB", mib);
	else
		(void)snprintf(ret, size, "%.0f %s", amount, m == THREADS ? "threads" : "files");
}

void top_processes_name(const char *metric, char *ret, size_t size)
{
	struct search s = { .measure = measure_process(metric) };
	struct task_walk w;
	size_t n = 0;

	ret[0] = '\0';
	if (s.measure == NOTHING || task_walk_open(&w) < 0)
		return;
	(void)task_walk_some(&w, PROCESSES_MAX, visit_process, &s);
	task_walk_close(&w);
	for (int i = 0; i < TOP && s.top[i].amount > 0 && n < size; i++) {
		char amount[32];
		int len;

		print_amount(s.measure, s.top[i].amount, amount, sizeof(amount));
		len = snprintf(ret + n, size - n, "%s%s (%d) %s", i ? ", " : "", s.top[i].comm,
		        s.top[i].pid, amount);
		if (len < 0 || (size_t)len >= size - n) {
			ret[n] = '\0'; /* no truncated entry */
			return;
		}
		n += (size_t)len;
	}
}
