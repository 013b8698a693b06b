/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"

static int max_level = LOG_INFO;
static bool to_journal; /* stderr is journald's stream socket */
static unsigned lost;

static int file = -1; /* instead of stderr */
static char file_path[PATH_MAX];
static uint64_t file_bytes;

/* Returns true if journald reads stderr.  A parent process may have redirected it after systemd. */
static bool stderr_is_journal(void)
{
	const char *s = getenv("JOURNAL_STREAM"); /* "DEVICE:INODE" */
	unsigned long long dev, ino;
	struct stat st;

	return s && sscanf(s, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == (dev_t)dev && st.st_ino == (ino_t)ino;
}

void log_clean(char *text)
{
	char *from = text, *to = from;

	while (*from) {
		uint32_t point = 0;
		size_t n = utf8_char(from, &point);

		if (n == 0 || text_moves_cursor(point)) {
			*to++ = '?';
			from += n ? n : 1;
			continue;
		}
		while (n--)
			*to++ = *from++;
	}
	*to = '\0';
}

void log_open(int level)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	max_level = level;
	to_journal = stderr_is_journal();
}

static int open_log_file(const char *path)
{
	/* Not blocking: a fifo in its place must not stop the daemon. */
	int fd = path_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0600);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	file = fd;
	file_bytes = (uint64_t)st.st_size;
	return 0;
}

static void close_log_file(void)
{
	if (file >= 0)
		close(file);
	file = -1;
}

int log_to_file(const char *path)
{
	size_t n = path ? strlen(path) : 0;

	close_log_file();
	if (!path)
		return 0;
	if (n >= sizeof(file_path))
		return -ENAMETOOLONG;
	memcpy(file_path, path, n + 1);
	return open_log_file(path);
}

static int rotate_log_file(void)
{
	char from[PATH_MAX], to[PATH_MAX];
	int r = path_full(from, file_path);

	if (r < 0)
		return r;
	if (snprintf(to, sizeof(to), "%s.1", from) >= (int)sizeof(to))
		return -ENAMETOOLONG;
	close_log_file();
	return rename(from, to) < 0 ? -errno : open_log_file(file_path);
}

/* Returns false if the line is not written; the file is then closed and stderr is used. */
static bool write_log_file(const char *line, size_t n)
{
	bool ok = file_bytes + n <= LOG_FILE_MAX || rotate_log_file() == 0;

	ok = ok && write(file, line, n) == (ssize_t)n;
	if (ok)
		file_bytes += n;
	else
		close_log_file();
	return ok;
}

/* Returns true for /dev/kmsg: it accepts a line at once, but never polls as writable. */
static bool stderr_is_kmsg(void)
{
	struct stat st;

	return fstat(STDERR_FILENO, &st) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(1, 11);
}

static bool write_log_stderr(const char *line, size_t n)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t r = send(STDERR_FILENO, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	/* A pipe that polls as writable has room for PIPE_BUF bytes, which is more than a line. */
	if (r < 0 && errno == ENOTSOCK &&
	        (stderr_is_kmsg() ||
	                (poll(&p, 1, 0) == 1 && p.revents & POLLOUT && !(p.revents & POLLERR))))
		r = write(STDERR_FILENO, line, n);
	return r == (ssize_t)n;
}

/* Writes "WARNING [2024-02-29 13:45:59,007] ", the format of Python's logging. */
static size_t format_file_prefix(char *line, size_t size, int level)
{
	const char *name = level <= LOG_CRIT      ? "CRITICAL"
	                   : level == LOG_ERR     ? "ERROR"
	                   : level == LOG_WARNING ? "WARNING"
	                   : level == LOG_DEBUG   ? "DEBUG"
	                                          : "INFO";
	struct timespec ts;
	struct tm tm = { 0 };
	char when[32] = "";

	clock_gettime(CLOCK_REALTIME, &ts);
	(void)localtime_r(&ts.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	return (size_t)snprintf(line, size, "%s [%s,%03ld] ", name, when, ts.tv_nsec / 1000000);
}

/* Adds the prefix and the newline to `text` and writes the line.  Returns false if it is lost. */
static bool send_log_line(int level, const char *text)
{
	char line[LOG_LINE + 80]; /* and its prefix */
	size_t n;

	if (file >= 0) {
		n = format_file_prefix(line, sizeof(line), level);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s\n", text);
		if (write_log_file(line, n))
			return true;
	}
	n = to_journal ? (size_t)snprintf(line, sizeof(line), "<%d>", level) : 0;
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s\n", text);
	return write_log_stderr(line, n);
}

static size_t append_log_text(char *text, size_t n, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

/* Appends within LOG_LINE.  Returns the length; LOG_LINE or more if the text is cut. */
static size_t append_log_text(char *text, size_t n, const char *fmt, ...)
{
	va_list ap;
	int r;

	if (n >= LOG_LINE)
		return n;
	va_start(ap, fmt);
	r = vsnprintf(text + n, LOG_LINE - n, fmt, ap);
	va_end(ap);
	return r < 0 ? n : n + (size_t)r;
}

__attribute__((format(printf, 3, 0))) static void log_with_args(
        int level, int error, const char *fmt, va_list ap)
{
	char text[LOG_LINE], note[48];
	int saved = errno, r;
	size_t n;

	if (level > max_level)
		return;
	r = vsnprintf(text, sizeof(text), fmt, ap); /* %m is still the caller's */
	n = r < 0 ? 0 : (size_t)r;
	text[r < 0 ? 0 : sizeof(text) - 1] = '\0';
	if (error)
		n = append_log_text(text, n, ": %s", strerror(error));
	if (n >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	log_clean(text);
	if (!send_log_line(level, text)) {
		lost++;
	} else if (lost) {
		(void)snprintf(note, sizeof(note), "log: %u lines lost", lost);
		if (send_log_line(LOG_WARNING, note))
			lost = 0;
	}
	errno = saved;
}

void log_at(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_with_args(level, 0, fmt, ap);
	va_end(ap);
}

int log_fail(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_with_args(LOG_ERR, -r, fmt, ap);
	va_end(ap);
	return r;
}
