/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick.c - what a tick costs, against a floor: a bare loop that preads the very same kernel files (asks the
 * same filesystems, sockets and clocks) and does nothing else.  Both in turn, in one process, in one run.
 *
 *	tick system          all of the guest but its processes
 *	tick tasks N         its processes, with N idle ones beside those that there are
 *	tick disks FOLDER    recorded disks: a sysroot
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/predict/score.h"
#include "collectors/lib/uevent.h"
#include "collectors/process/task.h"
#include "collectors/runner.h"
#include "collectors/storage/mounts.h"

enum { ROUNDS = 15, TICKS = 60, FD_MAX = 256, SLICE = 256 };

/* Files that the collectors of `system` read at every tick. */
static const char *const files[] = { "/proc/meminfo", "/proc/sys/vm/overcommit_memory",
	"/proc/loadavg", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max",
	"/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory", "/proc/stat",
	"/proc/vmstat", "/proc/buddyinfo", "/proc/diskstats", "/proc/sys/fs/file-nr",
	"/proc/sys/fs/inode-nr", "/proc/sys/fs/aio-nr", "/proc/sys/fs/aio-max-nr",
	"/proc/sys/kernel/pty/nr", "/proc/sys/kernel/pty/max",
	"/proc/sys/kernel/random/entropy_avail", "/proc/sys/kernel/tainted", "/proc/net/sockstat",
	"/proc/net/snmp", "/proc/net/netstat", "/proc/sys/net/ipv4/tcp_mem",
	"/proc/sys/net/ipv4/tcp_max_orphans", "/proc/sys/net/ipv4/ip_local_port_range",
	"/proc/sys/net/netfilter/nf_conntrack_count", "/proc/sys/net/netfilter/nf_conntrack_max" };

static const char *const of_nic[] = { "statistics/rx_bytes", "statistics/tx_bytes",
	"statistics/rx_errors", "statistics/tx_errors", "statistics/rx_dropped",
	"statistics/tx_dropped", "carrier_changes", "carrier" };

static struct table table;
static struct runner runner;
static struct scorer scorer;
static struct event_queue events;

static int fds[FD_MAX], count, kmsg, proc;
static struct uevents uevents = { .fd = -1 };
static struct mount mounts[MOUNTS_MAX];
static int mount_count;

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return 1e6 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void want(const char *path)
{
	char full[PATH_MAX];
	int fd;

	(void)snprintf(full, sizeof(full), "%s%s", path_kernel_root(), path);
	fd = open(full, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && count < FD_MAX)
		fds[count++] = fd;
}

/* A file by its pages, as the kernel hands it out. */
static void read_whole(int fd)
{
	static char buf[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, sizeof(buf), at)) >= 2048)
		at += n;
}

static void floor_system(void)
{
	struct timex tx = { 0 };
	struct statvfs v;
	struct timespec ts;
	struct stat st;
	char buf[8192];

	for (int i = 0; i < count; i++)
		read_whole(fds[i]);
	for (int i = 0; i < mount_count; i++)
		(void)statvfs(mounts[i].path, &v);
	(void)fstat(proc, &st);
	(void)adjtimex(&tx);
	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	(void)access("/run/reboot-required", F_OK);
	if (kmsg >= 0 && read(kmsg, buf, sizeof(buf)) > 0)
		abort();
	if (uevents.fd >= 0 && read(uevents.fd, buf, sizeof(buf)) > 0)
		return;
}

/* As many as the collector looks at in a tick, in turn. */
static void floor_tasks(void)
{
	static off_t at;
	_Alignas(8) char buf[8192];
	int left = SLICE;
	long n;

	(void)lseek(proc, at, SEEK_SET);
	while (left > 0 && (n = syscall(SYS_getdents64, proc, buf, sizeof(buf))) > 0) {
		for (long i = 0; i < n && left > 0;) {
			const struct dirent64 *e = (const struct dirent64 *)(const void *)(buf + i);
			char path[300], text[1024];
			int fd;

			i += e->d_reclen;
			at = e->d_off;
			if (e->d_name[0] < '1' || e->d_name[0] > '9')
				continue;
			left--;
			(void)snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				continue;
			if (pread(fd, text, sizeof(text), 0) < 0)
				at += 0; /* it has just gone */
			close(fd);
		}
	}
	if (left > 0)
		at = 0;
}

static void floor_disks(void)
{
	read_whole(fds[0]);
}

static double floor_us(void (*one)(void))
{
	double from = cpu_us();

	for (int i = 0; i < TICKS; i++)
		one();
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

static int measure(const char *name, void (*one)(void), const struct score_conf *cf)
{
	double floor[ROUNDS], agent[ROUNDS], ratio[ROUNDS];
	uint64_t now_ms = loop_now();

	for (int i = 0; i < ROUNDS; i++) {
		floor[i] = floor_us(one);
		agent[i] = agent_us(cf, &now_ms);
		ratio[i] = agent[i] / floor[i];
	}
	qsort(floor, ROUNDS, sizeof(double), by_value);
	qsort(agent, ROUNDS, sizeof(double), by_value);
	qsort(ratio, ROUNDS, sizeof(double), by_value);
	printf("bench floor_per_tick%s %.1f us\n", name, floor[ROUNDS / 2]);
	printf("bench cpu_per_tick%s %.1f us\n", name, agent[ROUNDS / 2]);
	printf("bench cpu_per_tick_vs_floor%s %.2f ratio\n", name, ratio[ROUNDS / 2]);
	printf("bench series%s %u 1\n", name, table.count);
	return 0;
}

static void idle_processes(int n)
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		if (pid < 0)
			break;
	}
}

static void prepare_system(void)
{
	int info = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		want(files[i]);
	mount_count = info < 0 ? 0 : mounts_read(info, mounts);
	for (const struct series *s = table.series; s < table.series + table.count; s++)
		for (size_t i = 0; i < 8 && strcmp(s->name, "net.up") == 0; i++) {
			(void)snprintf(
			        path, sizeof(path), "/sys/class/net/%s/%s", s->instance, of_nic[i]);
			want(path);
		}
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg >= 0)
		(void)lseek(kmsg, 0, SEEK_END);
	(void)uevents_open(&uevents);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "system", *suffix = argc > 3 ? argv[3] : "";
	struct conf cf = { .filesystems = "auto",
		.score = { .raise = 0.8, .clear = 0.4, .horizon_s = 900 } };
	bool tasks = strcmp(mode, "tasks") == 0, disks = strcmp(mode, "disks") == 0;
	struct loop loop;

	log_open(LOG_EMERG);
	if (tasks && argc > 2)
		idle_processes(atoi(argv[2]));
	if (disks && (argc < 3 || path_set_root(argv[2]) < 0))
		return 2;
	(void)snprintf(cf.collectors, sizeof(cf.collectors), "%s",
	        tasks   ? "tasks"
	        : disks ? "disk"
	                : "memory filesystem pressure load process cpu paging disk kmsg files "
	                  "clock "
	                  "network sockets devices netmount smart cgroup");
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0 || loop_open(&loop) < 0)
		return 1;
	runner_open(&runner, &loop, &table, &cf);
	table_tick(&table, loop_now());
	runner_tick(&runner);
	if (disks)
		want("/proc/diskstats");
	else if (!tasks)
		prepare_system();
	kmsg = kmsg > 0 ? kmsg : -1;
	return measure(suffix, tasks ? floor_tasks : disks ? floor_disks : floor_system, &cf.score);
}
