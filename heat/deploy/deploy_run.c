/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deploy_run.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/process/child_internal.h"
#include "agent/store/jsonfile.h"
#include "heat/deploy/deploy_item.h"

const char deploy_folder[] = PATH_STATE "/deployments";

enum {
	/* the last bytes of each output that are kept; more than Heat accepts */
	KEEP = 1 << 20,
	/* bytes of all output files together: a result has to fit JSONFILE_MAX */
	OUTPUTS_MAX = 1 << 20
};

/* Variables, so that tests can shorten them. */
static unsigned term_ms = 10000, drain_ms = 2000;

/* One output stream of the hook: a ring with its last bytes. */
struct stream {
	int fd; /* -1: at its end */
	char *ring;
	uint64_t bytes;
};

struct hook_run {
	const json_t *job;
	struct stream out, err;
	pid_t pid;
	int status;
	bool timed_out;
};

static const char *job_text_at(const json_t *o, const char *key)
{
	return deploy_text(o, key);
}

static void read_hook_stream(struct stream *s)
{
	size_t at = (size_t)(s->bytes % KEEP);
	ssize_t n = read(s->fd, s->ring + at, KEEP - at);

	if (n > 0) {
		s->bytes += (uint64_t)n;
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		close(s->fd);
		s->fd = -1;
	}
}

/* Returns the bytes of the UTF-8 character at s, 0 if it is none. */
static size_t utf8_char_length(const unsigned char *s, size_t left)
{
	size_t n = *s < 0x80                 ? 1
	           : *s >= 0xC2 && *s < 0xE0 ? 2
	           : *s >= 0xE0 && *s < 0xF0 ? 3
	           : *s >= 0xF0 && *s < 0xF5 ? 4
	                                     : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

/* Makes a JSON string of any bytes: NUL and bytes that are not UTF-8 become '?'. */
static json_t *string_from_bytes(char *s, size_t n)
{
	json_t *v = json_stringn(s, n);

	if (v && !memchr(s, '\0', n))
		return v;
	json_decref(v);
	for (size_t i = 0; i < n;) {
		size_t c = s[i] ? utf8_char_length((unsigned char *)s + i, n - i) : 0;

		if (c == 0)
			s[i] = '?';
		i += c ? c : 1;
	}
	v = json_stringn(s, n);
	for (size_t i = 0; !v && i < n; i++) /* surrogates: keep only ASCII */
		if ((unsigned char)s[i] >= 0x80)
			s[i] = '?';
	return v ? v : json_stringn(s, n);
}

/* Returns the kept bytes of a stream, in order. */
static json_t *kept_stream_text(struct stream *s)
{
	size_t n = s->bytes < KEEP ? (size_t)s->bytes : KEEP;
	size_t first = s->bytes > KEEP ? (size_t)(s->bytes % KEEP) : 0;
	auto_free char *text = malloc(n + 1);

	if (!text)
		return json_string("");
	memcpy(text, s->ring + first, n - first);
	memcpy(text + n - first, s->ring, first);
	return string_from_bytes(text, n);
}

static int open_stream(struct stream *s, int *ret_theirs)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	s->fd = fds[0];
	*ret_theirs = fds[1];
	s->ring = malloc(KEEP);
	return s->ring && fcntl(s->fd, F_SETFL, O_NONBLOCK) == 0 ? 0 : -ENOMEM;
}

/* Provides standard input without a writer process. */
static int open_hook_input(const char *text)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t n = strlen(text);

	if (fd < 0)
		return -errno;
	for (size_t at = 0; at < n;) {
		ssize_t w = write(fd, text + at, n - at);

		if (w < 0 && errno != EINTR) {
			close(fd);
			return -errno;
		}
		at += w > 0 ? (size_t)w : 0;
	}
	(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

static void execute_deploy_hook(const char *program, int in, int out, int err)
        __attribute__((noreturn));

static void execute_deploy_hook(const char *program, int in, int out, int err)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	char *sh[] = { (char *)(uintptr_t) "/bin/sh", (char *)(uintptr_t)program, NULL };

	(void)setpgid(0, 0);
	(void)umask(022); /* as hooks have it; this process itself has 077 */
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	(void)execv(program, argv);
	if (errno == ENOEXEC) /* a script without #! is run by the shell, as a shell does */
		(void)execv(sh[0], sh);
	dprintf(2, "%s: %s\n", program, strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int start_deploy_hook(struct hook_run *r, const char *program)
{
	auto_fd int in = open_hook_input(job_text_at(r->job, "input")), out = -1, err = -1;
	int e = in < 0 ? in : open_stream(&r->out, &out);

	if (e == 0)
		e = open_stream(&r->err, &err);
	if (e < 0)
		return e;
	r->pid = fork();
	if (r->pid == 0)
		execute_deploy_hook(program, in, out, err);
	return r->pid < 0 ? -errno : 0;
}

/* Returns true if the hook has ended; its status is then in `r`. */
static bool has_deploy_hook_ended(struct hook_run *r)
{
	return r->pid > 0 && waitpid(r->pid, &r->status, WNOHANG) == r->pid;
}

/*
 * Reads until the hook has ended and its pipes are empty; it stops waiting for pipes that stay
 * open.
 */
static void watch_deploy_hook(struct hook_run *r)
{
	const json_int_t limit = json_integer_value(json_object_get(r->job, "timeout_s"));
	const uint64_t began = loop_now();
	uint64_t until = limit > 0 ? began + (uint64_t)limit * 1000 : UINT64_MAX;
	bool ended = false, killed = false;

	while (!ended || r->out.fd >= 0 || r->err.fd >= 0) {
		struct pollfd p[] = { { .fd = r->out.fd, .events = POLLIN },
			{ .fd = r->err.fd, .events = POLLIN } };

		/*
		 * Polls for the exit ten times a second, which needs neither a pidfd nor a signal
		 * handler.
		 */
		(void)poll(p, 2, ended ? 50 : 100);
		if (p[0].revents)
			read_hook_stream(&r->out);
		if (p[1].revents)
			read_hook_stream(&r->err);
		if (!ended && has_deploy_hook_ended(r)) {
			ended = true;
			until = loop_now() + drain_ms;
		}
		if (loop_now() < until)
			continue;
		if (ended)
			break;
		(void)kill(-r->pid, r->timed_out ? SIGKILL : SIGTERM);
		until = killed ? UINT64_MAX : loop_now() + term_ms;
		killed = r->timed_out;
		r->timed_out = true;
	}
	if (r->timed_out)
		(void)kill(-r->pid, SIGKILL);
}

/* A daemon started by the hook may continue to write: a broken pipe must not end it. */
static void leave_deploy_hook(struct hook_run *r)
{
	struct stream *const s[] = { &r->out, &r->err };

	for (int i = 0; i < 2; i++) {
		if (s[i]->fd < 0)
			continue;
		if (!r->timed_out)
			child_drain(s[i]->fd);
		close(s[i]->fd);
		s[i]->fd = -1;
	}
}

/*
 * Reads the files that a script wrote, $heat_outputs_path.NAME. Notes an output that does not fit.
 */
static json_t *read_script_outputs(const json_t *job, char *note, size_t size)
{
	json_t *all = json_object(), *name;
	char path[PATH_MAX];
	size_t i, len, left = OUTPUTS_MAX;
	int r;

	json_array_foreach (json_object_get(job, "output_names"), i, name) {
		auto_free char *text = NULL;
		const char *n = json_string_value(name);

		if (!n || strchr(n, '/') ||
		        snprintf(path, sizeof(path), "%s.%s", job_text_at(job, "outputs_path"),
		                n) >= (int)sizeof(path))
			continue;
		r = path_read(path, left, &text, &len);
		if (r == -EFBIG && !*note)
			(void)snprintf(note, size,
			        "prehup: output %.60s is omitted: outputs may have %d bytes in "
			        "total",
			        n, OUTPUTS_MAX);
		if (r == -EFBIG)
			(void)path_remove(path);
		if (r < 0)
			continue;
		left -= len;
		(void)json_object_set_new(all, n, string_from_bytes(text, len));
		(void)path_remove(path);
	}
	return all;
}

/* Writes the executable script, and creates the folder for its outputs. */
static int prepare_script(const json_t *job, char program[static PATH_MAX])
{
	const char *path = job_text_at(job, "script_path"),
	           *outputs = job_text_at(job, "outputs_path");
	char dir[PATH_MAX];
	int r;

	STR_COPY(dir, path);
	*strrchr(dir, '/') = '\0';
	r = path_mkdir(dir);
	STR_COPY(dir, outputs);
	*strrchr(dir, '/') = '\0';
	if (r == 0)
		r = path_mkdir(dir);
	if (r == 0)
		r = path_write(
		        path, job_text_at(job, "script"), strlen(job_text_at(job, "script")));
	if (r == 0)
		r = path_full(program, path);
	return r < 0 ? r : chmod(program, 0700) < 0 ? -errno : 0;
}

static void set_hook_environment(const json_t *job)
{
	char outputs[PATH_MAX];
	const char *name;
	json_t *v;

	(void)unsetenv("PREHUP_SYSROOT");
	json_object_foreach (json_object_get(job, "env"), name, v) {
		if (*name && !strchr(name, '=') && json_is_string(v))
			(void)setenv(name, json_string_value(v), 1);
	}
	if (*job_text_at(job, "outputs_path") &&
	        path_full(outputs, job_text_at(job, "outputs_path")) == 0)
		(void)setenv("heat_outputs_path", outputs, 1);
}

static json_t *run_deployment_job(const json_t *job)
{
	struct hook_run r = { .job = job, .out.fd = -1, .err.fd = -1 };
	json_t *outputs;
	char program[PATH_MAX], note[160] = "";
	int status, e;

	if (*job_text_at(job, "program"))
		e = path_full(program, job_text_at(job, "program"));
	else
		e = prepare_script(job, program);
	set_hook_environment(job);
	if (e == 0)
		e = start_deploy_hook(&r, program);
	if (e < 0) {
		(void)snprintf(
		        note, sizeof(note), "prehup: cannot start the hook: %s", strerror(-e));
		return json_pack("{si ss ss ss s{}}", "status", 126, "stdout", "", "stderr", "",
		        "note", note, "outputs");
	}
	watch_deploy_hook(&r);
	leave_deploy_hook(&r);
	status = WIFEXITED(r.status) ? WEXITSTATUS(r.status) : 128 + WTERMSIG(r.status);
	if (r.timed_out) {
		status = 124;
		(void)snprintf(note, sizeof(note),
		        "prehup: did not end within %lld s and was killed",
		        (long long)json_integer_value(json_object_get(job, "timeout_s")));
	} else if (WIFSIGNALED(r.status)) {
		(void)snprintf(
		        note, sizeof(note), "prehup: killed by signal %d", WTERMSIG(r.status));
	}
	outputs = read_script_outputs(job, note, sizeof(note));
	return json_pack("{si so so ss so}", "status", status, "stdout", kept_stream_text(&r.out),
	        "stderr", kept_stream_text(&r.err), "note", note, "outputs", outputs);
}

int command_deployment_run(int argc, char **argv)
{
	char path[PATH_MAX];
	json_auto_t *job = NULL, *result = NULL;
	int r;

	if (argc != 2 || strchr(argv[1], '/'))
		return 2;
	(void)snprintf(path, sizeof(path), "%s/%s.job", deploy_folder, argv[1]);
	r = jsonfile_read(path, &job);
	if (r < 0) {
		log_err("%s: %s", path, strerror(-r));
		return 1;
	}
	result = run_deployment_job(job);
	(void)snprintf(path, sizeof(path), "%s/%s.result", deploy_folder, argv[1]);
	/* A full disk may get space again; without a result the outcome would be lost. */
	for (int i = 0; (r = result ? jsonfile_write(path, result) : -ENOMEM) < 0 && i < 600; i++)
		(void)poll(NULL, 0, 1000);
	return r < 0;
}
