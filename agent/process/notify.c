/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/process/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"

static int fd = -1;
/* Named in each message, not connected to: an init that was replaced has a new socket there. */
static struct sockaddr_un to;
static socklen_t to_len;
static uint64_t watchdog_ms;

static int open_notify_socket(const char *name)
{
	/* Long enough for a busy init, and short on a failing guest. */
	const struct timeval timeout = { .tv_sec = 1 };
	size_t n = strlen(name);

	if (*name != '/' && *name != '@')
		return -EAFNOSUPPORT;
	if (n >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(to.sun_path, name, n);
	if (*name == '@')
		to.sun_path[0] = '\0'; /* abstract: its length counts, not a NUL */
	else
		n++;
	to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ? -errno : 0;
}

/* Returns the number in s, 0 if s is not a number. */
static uint64_t parse_notify_number(const char *s)
{
	char *end;
	unsigned long long n;

	if (!s || *s < '0' || *s > '9')
		return 0;
	errno = 0;
	n = strtoull(s, &end, 10);
	return *end || errno ? 0 : n;
}

int notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET"), *pid = getenv("WATCHDOG_PID");
	int r = 0;

	notify_close();
	/* Otherwise the variable is inherited and meant for another process. */
	if (!pid || parse_notify_number(pid) == (uint64_t)getpid())
		watchdog_ms = parse_notify_number(getenv("WATCHDOG_USEC")) / 1000 / 2;
	if (name && *name)
		r = open_notify_socket(name);
	if (r < 0 || fd < 0)
		notify_close();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return r;
}

void notify_close(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
	watchdog_ms = 0;
}

static int send_notify_message(const char *what, int flags)
{
	ssize_t n;

	if (fd < 0)
		return 0;
	n = sendto(
	        fd, what, strlen(what), flags | MSG_NOSIGNAL, (const struct sockaddr *)&to, to_len);
	return n < 0 ? -errno : 0;
}

int notify_ready(void)
{
	return send_notify_message("READY=1", 0);
}

int notify_reloading(void)
{
	struct timespec ts;
	char text[64];

	/* systemd compares this with the time at which it sent the signal. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
	        (long long)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	return send_notify_message(text, 0);
}

int notify_stopping(void)
{
	return send_notify_message("STOPPING=1", 0);
}

int notify_status(const char *fmt, ...)
{
	char text[7 + 256] = "STATUS=";
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + 7, sizeof(text) - 7, fmt, ap);
	va_end(ap);
	log_clean(text); /* a newline would begin another assignment, such as MAINPID= */
	return send_notify_message(text, MSG_DONTWAIT);
}

int notify_watchdog(void)
{
	return watchdog_ms ? send_notify_message("WATCHDOG=1", MSG_DONTWAIT) : 0;
}

uint64_t notify_watchdog_ms(void)
{
	return watchdog_ms;
}
