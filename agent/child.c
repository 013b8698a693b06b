/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/clean.h"

enum {
	ENV_MAX = 64,
	GROUPS_MAX = 256,
	READ_AT_ONCE = 64 << 10, /* a flood of output must not keep the loop from its other work */
};

static const char path_env[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* All that the child needs, found before the fork: after it, only what a signal handler may do. */
struct plan {
	const char *argv[4];
	const char *env[ENV_MAX + 1];
	char home[512], user[96], logname[96], shell[256];
	bool become; /* another user, or root's own groups */
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int group_count;
	const char *cwd;
	mode_t umask;
	int out, report;
};

static int plan_user(struct plan *p, const char *user)
{
	char buf[4096];
	struct passwd pw, *found = NULL;
	int r, n = GROUPS_MAX;

	p->uid = geteuid();
	p->gid = getegid();
	if (user && *user)
		r = getpwnam_r(user, &pw, buf, sizeof(buf), &found);
	else
		r = getpwuid_r(p->uid, &pw, buf, sizeof(buf), &found);
	if (!found && user && *user)
		return r ? -r : -ENOENT;
	(void)snprintf(p->home, sizeof(p->home), "HOME=%s", found ? pw.pw_dir : "/");
	(void)snprintf(p->user, sizeof(p->user), "USER=%s", found ? pw.pw_name : "root");
	(void)snprintf(p->logname, sizeof(p->logname), "LOGNAME=%s", found ? pw.pw_name : "root");
	(void)snprintf(p->shell, sizeof(p->shell), "SHELL=%s",
	        found && *pw.pw_shell ? pw.pw_shell : "/bin/sh");
	p->cwd = p->home + sizeof("HOME=") - 1;
	if (!user || !*user)
		return 0;
	p->become = true;
	p->uid = pw.pw_uid;
	p->gid = pw.pw_gid;
	if (getgrouplist(pw.pw_name, pw.pw_gid, p->groups, &n) < 0)
		return -E2BIG;
	p->group_count = n;
	return geteuid() != 0 && p->uid != geteuid() ? -EPERM : 0;
}

static const char *name_end(const char *entry)
{
	const char *eq = strchr(entry, '=');

	return eq ? eq + 1 : entry;
}

/* A later NAME takes the place of an earlier one. */
static int plan_env(struct plan *p, unsigned *n, const char *entry)
{
	size_t len = (size_t)(name_end(entry) - entry);

	for (unsigned i = 0; i < *n; i++) {
		if (strncmp(p->env[i], entry, len) == 0) {
			p->env[i] = entry;
			return 0;
		}
	}
	if (*n == ENV_MAX)
		return -E2BIG;
	p->env[(*n)++] = entry;
	return 0;
}

/* Of our own environment only the language and the time zone: nothing there is a secret. */
static int plan_environment(struct plan *p, const char *const *more)
{
	static const char *const kept[] = { "LANG=", "LC_ALL=", "TZ=" };
	const char *const own[] = { path_env, p->home, p->user, p->logname, p->shell };
	unsigned n = 0;
	int r = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && r == 0; i++)
		r = plan_env(p, &n, own[i]);
	for (char **e = environ; *e && r == 0; e++)
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(*e, kept[i], strlen(kept[i])) == 0)
				r = plan_env(p, &n, *e);
	for (; more && *more && r == 0; more++)
		r = plan_env(p, &n, *more);
	p->env[n] = NULL;
	return r;
}

/* A dying guest kills what uses memory: us last, what we start as anything else. */
static void reset_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "0", 1); /* not ours to change: then it is 0 already */
		close(fd);
	}
}

/* Real, effective and saved ids all change, and it is seen to that they have. */
static int become(const struct plan *p)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	if (geteuid() == 0 && setgroups((size_t)p->group_count, p->groups) < 0)
		return -errno;
	if (setresgid(p->gid, p->gid, p->gid) < 0 || setresuid(p->uid, p->uid, p->uid) < 0)
		return -errno;
	if (getresuid(&r, &e, &s) < 0 || getresgid(&gr, &ge, &gs) < 0 || r != p->uid ||
	        e != p->uid || s != p->uid || gr != p->gid || ge != p->gid || gs != p->gid)
		return -EPERM;
	return p->uid != 0 && setuid(0) == 0 ? -EPERM : 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(
		        i, SIG_DFL); /* SIGKILL and the C library's own refuse: as they should */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void be_child(const struct plan *p)
{
	int r, null;

	reset_oom_score();
	(void)setpriority(PRIO_PROCESS, 0, 0); /* best effort: it may be above us */
	(void)setsid();                        /* a fresh child leads no group: cannot fail */
	reset_signals();
	(void)umask(p->umask);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0 || dup2(null, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->out, 2) < 0 ||
	        dup3(p->report, 3, O_CLOEXEC) < 0)
		_exit(126);
	(void)close_range(4, ~0U, 0); /* before Linux 5.9 close-on-exec does the same */
	r = p->become ? become(p) : 0;
	if (r == 0 && chdir(p->cwd) < 0 && chdir("/") < 0)
		r = -errno;
	if (r == 0) {
		execve(p->argv[0], (char *const *)(uintptr_t)p->argv,
		        (char *const *)(uintptr_t)p->env);
		r = -errno;
	}
	(void)!write(3, &r, sizeof(r)); /* the parent also sees that we end */
	_exit(126);
}

/* Forks; the parent hears whether the exec went well. */
static pid_t launch(const struct plan *p, int report_read)
{
	pid_t pid;
	int failed = 0;
	ssize_t n;

	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_child(p);
	close(p->report);
	do
		n = read(report_read, &failed, sizeof(failed));
	while (n < 0 && errno == EINTR);
	if (n != sizeof(failed))
		return pid; /* closed by the exec */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return failed;
}

static void ring_add(struct child *c, const char *data, size_t n)
{
	for (size_t done = 0; done < n;) {
		size_t at = (size_t)((c->bytes + done) % CHILD_OUTPUT), part = CHILD_OUTPUT - at;

		part = part < n - done ? part : n - done;
		memcpy(c->text + at, data + done, part);
		done += part;
	}
	c->bytes += n;
}

/* The ring, put straight: *ret is the caller's to free, NULL without memory. */
static char *ring_text(const struct child *c)
{
	size_t n = c->bytes < CHILD_OUTPUT ? (size_t)c->bytes : CHILD_OUTPUT;
	size_t from = c->bytes < CHILD_OUTPUT ? 0 : (size_t)(c->bytes % CHILD_OUTPUT);
	char *text = malloc(n + 1);

	for (size_t i = 0; text && i < n; i++) {
		char ch = c->text[(from + i) % CHILD_OUTPUT];

		text[i] = ch ? ch : '?';
	}
	if (text)
		text[n] = '\0';
	return text;
}

static void close_output(struct child *c)
{
	if (c->out.fd < 0)
		return;
	loop_del(c->loop, &c->out);
	close(c->out.fd);
	c->out.fd = -1;
}

/* It has ended and its output is closed, or has been waited for long enough. */
static void finish(struct child *c)
{
	auto_free char *text = ring_text(c);
	struct child_result res = { .status = c->status,
		.timed_out = c->timed_out,
		.output = text ? text : "",
		.output_bytes = c->bytes };

	close_output(c);
	loop_timer_stop(c->loop, &c->timer);
	if (c->timed_out)
		(void)kill(-c->pid, SIGKILL); /* what ignored TERM, and outlived its leader */
	free(c->text);
	c->text = NULL;
	c->pid = 0;
	c->done(c, &res);
}

/* Not "until empty": a flood would keep us here.  True: the end of the output. */
static bool read_some(struct child *c)
{
	char buf[4096];

	for (size_t n = 0; n < READ_AT_ONCE;) {
		ssize_t got = read(c->out.fd, buf, sizeof(buf));

		if (got < 0)
			return errno != EAGAIN && errno != EINTR;
		if (got == 0)
			return true;
		ring_add(c, buf, (size_t)got);
		n += (size_t)got;
	}
	return false;
}

static void out_ready(struct loop_fd *w, uint32_t events)
{
	struct child *c = container_of(w, struct child, out);

	(void)events;
	if (!read_some(c))
		return;
	close_output(c);
	if (c->exited)
		finish(c);
}

static void exited(struct loop_child *lc, int status)
{
	struct child *c = container_of(lc, struct child, exit);

	c->exited = true;
	c->status = status;
	if (c->out.fd < 0 || loop_timer_start(c->loop, &c->timer, CHILD_DRAIN_MS, 0) < 0)
		finish(c);
}

static void timer_fired(struct loop_timer *t, uint64_t missed)
{
	struct child *c = container_of(t, struct child, timer);

	(void)missed;
	if (c->exited) {
		finish(c); /* somebody it left behind holds the output open */
	} else if (!c->timed_out) {
		child_stop(c);
	} else {
		(void)kill(-c->pid, SIGKILL);
	}
}

void child_stop(struct child *c)
{
	if (c->pid == 0 || c->exited)
		return;
	c->timed_out = true;
	(void)kill(-c->pid, SIGTERM); /* gone already: its exit is on its way */
	if (loop_timer_start(c->loop, &c->timer, CHILD_TERM_MS, 0) < 0)
		(void)kill(-c->pid, SIGKILL);
}

void child_forget(struct child *c)
{
	if (c->pid == 0)
		return;
	close_output(c);
	loop_timer_stop(c->loop, &c->timer);
	loop_child_stop(c->loop, &c->exit);
	free(c->text);
	c->text = NULL;
	c->pid = 0;
}

static int watch(struct child *c, struct loop *l, int out, unsigned timeout_s)
{
	int r;

	c->loop = l;
	c->out = (struct loop_fd){ .fd = out, .ready = out_ready };
	c->exit = (struct loop_child){ .exited = exited };
	c->timer = (struct loop_timer){ .fired = timer_fired };
	c->bytes = 0;
	c->exited = c->timed_out = false;
	r = loop_add(l, &c->out, EPOLLIN);
	if (r == 0)
		r = loop_child_watch(l, &c->exit, c->pid);
	if (r == 0 && timeout_s)
		r = loop_timer_start(l, &c->timer, timeout_s * 1000ULL, 0);
	if (r < 0) {
		(void)kill(-c->pid, SIGKILL); /* unwatched it could do harm */
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
		child_forget(c);
	}
	return r;
}

int child_start(struct child *c, struct loop *l, const struct child_spec *s)
{
	struct plan p = { .argv = { "/bin/sh", "-c", s->command, NULL }, .umask = s->umask };
	auto_fd int report_read = -1, out_write = -1;
	int out[2], report[2], r;

	r = plan_user(&p, s->user);
	if (r == 0)
		r = plan_environment(&p, s->env);
	if (r < 0)
		return r;
	c->text = malloc(CHILD_OUTPUT);
	if (!c->text)
		return -ENOMEM;
	if (pipe2(out, O_CLOEXEC) < 0) {
		r = -errno;
		free(c->text);
		return r;
	}
	out_write = p.out = out[1];
	r = fcntl(out[0], F_SETFL, O_NONBLOCK) < 0 || pipe2(report, O_CLOEXEC) < 0 ? -errno : 0;
	if (r == 0) {
		report_read = report[0];
		p.report = report[1];
		r = launch(&p, report_read);
	}
	if (r < 0) {
		close(out[0]);
		free(c->text);
		return r;
	}
	c->pid = r;
	return watch(c, l, out[0], s->timeout_s);
}

uint64_t child_started_at(pid_t pid)
{
	char path[32], buf[512];
	auto_fd int fd = -1;
	ssize_t n;
	char *s;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return 0;
	buf[n] = '\0';
	s = strrchr(buf, ')'); /* the name before it may hold anything */
	for (int field = 2; s && field < 22; field++)
		s = strchr(s + 1, ' ');
	return s ? strtoull(s + 1, NULL, 10) : 0;
}
