/* SPDX-License-Identifier: Apache-2.0 */
/* user_getent.c - looks up users by the guest's getent(1): NSS modules run in a process of the guest's libc. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/loop.h"
#include "agent/base/text.h"
#include "agent/process/user.h"

/* The time that SSSD waits for a server that is down; the daemon blocks meanwhile. */
enum { TIMEOUT_MS = 6000, ANSWER_MAX = 1 << 20 };

static void exec_getent(const char *database, const char *name, int out) __attribute__((noreturn));

static void exec_getent(const char *database, const char *name, int out)
{
	static const char *const at[] = { "/usr/bin/getent", "/bin/getent" };
	const char *argv[] = { "getent", database, name, NULL };
	char *env[] = { NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(null, 2) < 0)
		_exit(126);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		(void)execve(at[i], (char **)(uintptr_t)argv, env);
	_exit(127);
}

/* Reads to the end.  Returns the number of bytes, -ETIMEDOUT, -EFBIG or -errno. */
static ssize_t collect_getent_output(int fd, char *buf, size_t size)
{
	uint64_t now = loop_now(), until = now + TIMEOUT_MS;
	size_t n = 0;

	for (; now < until && n < size; now = loop_now()) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t r;

		if (poll(&p, 1, (int)(until - now)) < 0 && errno != EINTR)
			return -errno;
		if (!p.revents)
			continue;
		r = read(fd, buf + n, size - n);
		if (r == 0)
			return (ssize_t)n;
		if (r < 0 && errno != EINTR)
			return -errno;
		n += r > 0 ? (size_t)r : 0;
	}
	return n < size ? -ETIMEDOUT : -EFBIG;
}

/* Reads the output of getent for `name`, at most `size` bytes.  Returns the number of bytes or -errno. */
static ssize_t run_getent(const char *database, const char *name, char *buf, size_t size)
{
	auto_fd int in = -1, out = -1;
	int fds[2], status = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		exec_getent(database, name, out);
	close(steal_fd(&out));
	n = collect_getent_output(in, buf, size);
	if (n < 0)
		(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n < 0)
		return n;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && n > 0 ? n : -ENOENT;
}

/* Reads the line of `getent DATABASE NAME`, without its newline; the caller frees it. */
static int query_getent(const char *database, const char *name, char **ret)
{
	auto_free char *buf = NULL;
	ssize_t n;

	/* A name is one word: no options, no second record. */
	if (!*name || *name == '-' || strpbrk(name, ": \t\r\n"))
		return -ENOENT;
	if (access("/usr/bin/getent", X_OK) < 0 && access("/bin/getent", X_OK) < 0)
		return -ENOENT;
	buf = malloc(ANSWER_MAX);
	if (!buf)
		return -ENOMEM;
	n = run_getent(database, name, buf, ANSWER_MAX - 1);
	if (n < 0)
		return (int)n;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	*ret = buf;
	buf = NULL;
	return 0;
}

/* Parses a number of passwd(5) up to the end of s. */
static int parse_id_number(const char *s, unsigned *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || end == s || *end || *s == '-' || v > UINT32_MAX)
		return -EINVAL;
	*ret = (unsigned)v;
	return 0;
}

int user_getent(const char *name, struct passwd *ret, char **ret_buf)
{
	auto_free char *line = NULL;
	char *field[7], *rest;
	int r = query_getent("passwd", name, &line);

	if (r < 0)
		return r;
	rest = line;
	for (int i = 0; i < 7; i++)
		field[i] = strsep(&rest, ":");
	if (!field[6] || strcmp(field[0], name) != 0)
		return -ENOENT;
	*ret = (struct passwd){ .pw_name = field[0],
		.pw_passwd = field[1],
		.pw_gecos = field[4],
		.pw_dir = field[5],
		.pw_shell = field[6] };
	if (parse_id_number(field[2], &ret->pw_uid) < 0 ||
	        parse_id_number(field[3], &ret->pw_gid) < 0)
		return -EINVAL;
	*ret_buf = line;
	line = NULL;
	return 0;
}

int user_getent_groups(const char *name, gid_t gid, gid_t **ret)
{
	auto_free char *line = NULL;
	auto_free gid_t *g = NULL;
	char *rest, *word;
	int n = 1, r = query_getent("initgroups", name, &line);

	if (r < 0)
		return r;
	rest = line;
	word = strsep(&rest, " ");
	if (!word || strcmp(word, name) != 0)
		return -ENOENT;
	g = calloc(USER_GROUPS, sizeof(*g));
	if (!g)
		return -ENOMEM;
	g[0] = gid;
	while ((word = strsep(&rest, " ")) != NULL) {
		unsigned id;

		if (!*word)
			continue;
		if (parse_id_number(word, &id) < 0)
			return -ENOENT;
		if (n == USER_GROUPS)
			return -E2BIG;
		if (id != gid)
			g[n++] = id;
	}
	*ret = g;
	g = NULL;
	return n;
}
