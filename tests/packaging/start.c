/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start PROGRAM ROOT - the least of 20 starts, in ms: from exec to READY=1, the processor's time of such a run to
 * its end, and from exec to the exit (--version).
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

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* The child says by the pipe's end when it executes: a fork's cost is not the program's. */
static pid_t start(char *const argv[], double *began)
{
	double t = 0;
	int p[2];
	pid_t pid;

	if (pipe(p) < 0)
		exit(1);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
			_exit(1);
		t = now_ms();
		if (write(p[1], &t, sizeof(t)) == sizeof(t))
			execv(argv[0], argv);
		_exit(127);
	}
	if (read(p[0], began, sizeof(*began)) != sizeof(*began))
		exit(1);
	close(p[0]);
	close(p[1]);
	return pid;
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	double ready = 1e9, version = 1e9, cpu = 1e9, t;
	struct rusage u;
	char text[512];

	if (argc != 3)
		return 2;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s/notify", argv[2]);
	(void)unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return 1;
	setenv("NOTIFY_SOCKET", a.sun_path, 1);
	for (int i = 0; i < ROUNDS; i++) {
		char *const run[] = { argv[1], "run", "--sysroot", argv[2], NULL };
		char *const show[] = { argv[1], "--version", NULL };
		pid_t pid = start(run, &t);
		ssize_t n;

		do
			n = recv(fd, text, sizeof(text) - 1, 0);
		while (n > 0 && (text[n] = '\0', !strstr(text, "READY=1")));
		t = now_ms() - t;
		ready = t < ready ? t : ready;
		kill(pid, SIGTERM);
		wait4(pid, NULL, 0, &u);
		t = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
		    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
		cpu = t < cpu ? t : cpu;
		pid = start(show, &t);
		waitpid(pid, NULL, 0);
		t = now_ms() - t;
		version = t < version ? t : version;
	}
	printf("%.2f %.2f %.2f\n", ready, cpu, version);
	return 0;
}
