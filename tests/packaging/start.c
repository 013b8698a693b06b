/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start PROGRAM ROOT - the least of 20 starts, in ms: from exec to READY=1, the processor's time of that, the
 * processor's time of such a run to its end, and from exec to the exit (--version).
 *
 * Below ROOT is the guest.  What is longer than the shortest is other processes' doing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20 };

struct began {
	double at_ms, cpu_ms;
};

static double ms(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t) < 0)
		return 1e9;
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return ms(CLOCK_MONOTONIC);
}

/* The child says when it executes: a fork's cost is not the program's. */
static pid_t start(char *const argv[], struct began *began)
{
	int p[2];
	pid_t pid;

	if (pipe(p) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(1);
		*began = (struct began){ now_ms(), ms(CLOCK_PROCESS_CPUTIME_ID) };
		if (write(p[1], began, sizeof(*began)) == sizeof(*began))
			execv(argv[0], argv);
		_exit(127);
	}
	if (read(p[0], began, sizeof(*began)) != sizeof(*began))
		exit(1);
	close(p[0]);
	close(p[1]);
	return pid;
}

static double less(double a, double b)
{
	return a < b ? a : b;
}

int main(int argc, char **argv)
{
	const struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	double ready = 1e9, version = 1e9, cpu = 1e9, run_cpu = 1e9, took;
	struct began began;
	struct rusage u;
	char text[512];

	if (argc != 3)
		return 2;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/notify", argv[2]);
	(void)unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		return 1;
	setenv("NOTIFY_SOCKET", a.sun_path, 1);
	for (int i = 0; i < ROUNDS; i++) {
		char *const run[] = { argv[1], "run", "--sysroot", argv[2], NULL };
		char *const show[] = { argv[1], "--version", NULL };
		pid_t pid = start(run, &began);
		clockid_t its_cpu;
		ssize_t n;

		do
			n = recv(fd, text, sizeof(text) - 1, 0);
		while (n > 0 && (text[n] = '\0', !strstr(text, "READY=1")));
		took = now_ms() - began.at_ms;
		if (took < ready && clock_getcpuclockid(pid, &its_cpu) == 0) {
			ready = took;
			cpu = ms(its_cpu) - began.cpu_ms;
		}
		kill(pid, SIGTERM);
		wait4(pid, NULL, 0, &u);
		if (n <= 0)
			return 1;
		run_cpu = less(
		        run_cpu, (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
		                         (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3);
		pid = start(show, &began);
		waitpid(pid, NULL, 0);
		version = less(version, now_ms() - began.at_ms);
	}
	printf("%.2f %.2f %.2f %.2f\n", ready, cpu, run_cpu, version);
	return 0;
}
