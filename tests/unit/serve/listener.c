/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/serve/listener.c"

#include "agent/base/clean.h"
#include "agent/serve/control_internal.h"
#include "tests/unit/lib/guest.h"

enum { BIG = 3 << 20 };

/* Server and clients share the loop: what one does, the other sees, and the sanitizers all of it. */
struct client {
	struct loop_fd io;
	char *text;
	size_t len;
	bool gone;
	int error; /* as it went: ECONNRESET or 0 */
};

static struct loop loop;
static struct listener l;
static unsigned asked_for;
static const char local[] = "unix:/health.sock";

static void asked(struct listener *from, const char *path, struct listener_answer *ret)
{
	assert_ptr_equal(from, &l);
	asked_for++;
	if (strcmp(path, "/none") == 0)
		return;
	ret->status = strcmp(path, "/sick") == 0 ? 503 : strcmp(path, "/fault") == 0 ? 500 : 200;
	if (ret->status == 500)
		return;
	ret->len = strcmp(path, "/big") == 0 ? BIG : strlen(path);
	ret->body = malloc(ret->len + 1);
	assert_non_null(ret->body);
	memset(ret->body, 'x', ret->len);
	if (ret->len < BIG)
		memcpy(ret->body, path, ret->len);
	ret->type = ret->len == BIG ? "application/octet-stream" : NULL;
}

FIXTURE(setup)
{
	if (guest_open(state) < 0)
		return -1;
	asked_for = 0;
	exchange_ms = LISTENER_EXCHANGE_MS;
	memset(&l, 0, sizeof(l));
	return loop_open(&loop);
}

FIXTURE(teardown)
{
	listener_close(&l);
	loop_close(&loop);
	return guest_close(state);
}

static void hear(struct loop_fd *w, uint32_t events)
{
	struct client *c = container_of(w, struct client, io);
	static char buf[65536];
	ssize_t n = recv(w->fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)events;
	if (n > 0) {
		c->text = realloc(c->text, c->len + (size_t)n + 1);
		memcpy(c->text + c->len, buf, (size_t)n);
		c->len += (size_t)n;
		c->text[c->len] = '\0';
		return;
	}
	c->error = n < 0 ? errno : 0;
	c->gone = true;
	loop_del(&loop, w);
	loop_stop(&loop);
}

static void enough(struct loop_timer *t, uint64_t missed)
{
	(void)t;
	(void)missed;
	loop_stop(&loop);
}

/* Runs for so long, or until a client's connection ends. */
static void run_ms(unsigned ms)
{
	struct loop_timer t = { .fired = enough };

	assert_int_equal(loop_timer_start(&loop, &t, ms, 0), 0);
	assert_int_equal(loop_run(&loop), 0);
	loop_timer_stop(&loop, &t);
}

static void call_at(struct client *c, int fd)
{
	*c = (struct client){ .io = { .fd = fd, .ready = hear } };
	assert_true(fd >= 0);
	assert_int_equal(loop_add(&loop, &c->io, EPOLLIN), 0);
}

static void call(struct client *c)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(control_path_call(connect, fd, "/health.sock"), 0);
	call_at(c, fd);
}

static void call_tcp(struct client *c, int family, int port)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };

	assert_int_equal(family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof(v4))
	                                   : connect(fd, (struct sockaddr *)&v6, sizeof(v6)),
	        0);
	call_at(c, fd);
}

static void say(struct client *c, const char *text, size_t len)
{
	assert_int_equal(send(c->io.fd, text, len, MSG_NOSIGNAL), len);
}

static void leave(struct client *c)
{
	if (!c->gone)
		loop_del(&loop, &c->io);
	close(c->io.fd);
	free(c->text);
}

/* Makes the whole exchange; the caller frees the answer. */
static char *answer_to(const char *text, size_t len)
{
	struct client c;
	char *answer;

	call(&c);
	say(&c, text, len);
	run_ms(2000);
	assert_true(c.gone);
	assert_int_equal(c.error, 0);
	assert_non_null(c.text);
	answer = c.text;
	c.text = NULL;
	leave(&c);
	return answer;
}

static int status_of(const char *text, size_t len)
{
	auto_free char *answer = answer_to(text, len);

	assert_memory_equal(answer, "HTTP/1.1 ", 9);
	return atoi(answer + 9);
}

static void open_local(void)
{
	assert_int_equal(listener_open(&l, &loop, local, asked), 0);
}

#define ask(text) answer_to(text, strlen(text))

TEST(a_question_has_its_answer_to_the_byte)
{
	auto_free char *get = NULL, *head = NULL, *sick = NULL;

	open_local();
	get = ask("GET /path HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_string_equal(get, "HTTP/1.1 200 OK\r\n"
	                         "Content-Type: text/plain; charset=utf-8\r\n"
	                         "Content-Length: 5\r\nCache-Control: no-store\r\n"
	                         "Connection: close\r\n\r\n/path");
	head = ask("HEAD /path HTTP/1.1\r\nHost: x\r\n\r\n");
	*strstr(get, "/path") = '\0';
	assert_string_equal(head, get); /* as GET, with its length, without its body */
	sick = ask("GET /sick HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_memory_equal(sick, "HTTP/1.1 503 Service Unavailable\r\n", 34);
	assert_non_null(strstr(sick, "\r\n\r\n/sick"));
	assert_int_equal(asked_for, 3);
}

TEST(missing_or_failed_part_is_named)
{
	auto_free char *none = NULL, *head = NULL, *fault = NULL;

	open_local();
	none = ask("GET /none HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_memory_equal(none, "HTTP/1.1 404 Not Found\r\n", 24);
	assert_non_null(strstr(none, "Content-Length: 10\r\n"));
	assert_non_null(strstr(none, "\r\n\r\nNot Found\n"));
	head = ask("HEAD /none HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(head, "Content-Length: 10\r\n"));
	assert_string_equal(strstr(head, "\r\n\r\n"), "\r\n\r\n");
	fault = ask("GET /fault HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(fault, "\r\n\r\nInternal Server Error\n"));
}

TEST(get_and_head_are_the_only_methods)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "TRACE",
		"CONNECT", "get", "GETS", "M-SEARCH" };

	open_local();
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		auto_free char *answer = NULL;
		char text[128];

		(void)snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", methods[i],
		        i == 3   ? "*"
		        : i == 5 ? "x:80"
		                 : "/path");
		answer = ask(text);
		assert_memory_equal(answer, "HTTP/1.1 405 ", 13);
		assert_non_null(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
	}
	assert_int_equal(asked_for, 0);
}

/* A string with NULs, and its length. */
#define S(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
} malformed[] = {
	{ S("\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n") }, /* one empty line, not two */
	{ S("GET /\r\n\r\n") },                             /* HTTP/0.9 */
	{ S("GET / HTTP/2.0\r\nHost: x\r\n\r\n") },
	{ S("GET / HTTP/1.1x\r\nHost: x\r\n\r\n") },
	{ S("GET / http/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET  / HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET / HTTP/1.1 \r\nHost: x\r\n\r\n") },
	{ S("GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S(" GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET /a\xff HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET a HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET * HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET ?a HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET http:// HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\n\r\n") }, /* no Host */
	{ S("GET / HTTP/1.1\r\nHost: x\r\nhOST: y\r\n\r\n") },
	{ S("GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost : x\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\n Host: x\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n") },
	{ S("GET / HTTP/1.1\rHost: x\r\n\r\n") }, /* a bare CR */
	{ S("GET / HTTP/1.1\r\nHost: x\r\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\ry\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n") },
	{ S("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n") },
	{ S("GET / HTTP/1.1\r\nHost: x\033[2J\r\n\r\n") },
	{ S("\x16\x03\x01\x02") }, /* TLS: at once, not when time is up */
	{ S("\0") },
};

TEST(malformed_argument_is_refused)
{
	open_local();
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		int status = status_of(malformed[i].text, malformed[i].len);

		if (status != 400)
			fail_msg("%zu: %d for %s", i, status, malformed[i].text);
	}
	assert_int_equal(asked_for, 0);
}

static const struct {
	const char *text, *path;
} well_formed[] = {
	{ "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "/" },
	{ "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a" },
	{ "\nGET /a HTTP/1.1\nhost:\n\n", "/a" },
	{ "GET /a HTTP/1.0\r\n\r\n", "/a" },
	{ "GET /a HTTP/1.9\r\nHost: x\r\n\r\n", "/a" },
	{ "GET /a?b=/c?d HTTP/1.1\r\nHost: x\r\n\r\n", "/a" },
	{ "GET /? HTTP/1.1\r\nHost: x\r\n\r\n", "/" },
	{ "GET http://x:1/a/b?c HTTP/1.1\r\nHost: x\r\n\r\n", "/a/b" },
	{ "GET HTTPS://x HTTP/1.1\r\nHost: x\r\n\r\n", "/" },
	{ "GET http://x?/a HTTP/1.1\r\nHost: x\r\n\r\n", "/" },
	{ "GET /a%20b/../c HTTP/1.1\r\nHost: x\r\n\r\n", "/a%20b/../c" }, /* not decoded */
	{ "GET //x/a HTTP/1.1\r\nHost: x\r\n\r\n", "//x/a" },
	{ "GET /a HTTP/1.1\r\nHost: x\r\nX-Y: \tb: c\xff \r\nZ:\r\n\r\n", "/a" },
	{ "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nGET /b HTTP/1.1\r\n\r\n", "/a" },
};

TEST(a_path_is_found_in_every_form_of_target)
{
	open_local();
	for (size_t i = 0; i < ARRAY_SIZE(well_formed); i++) {
		auto_free char *answer = ask(well_formed[i].text);
		const char *body = strstr(answer, "\r\n\r\n");

		assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
		assert_string_equal(body + 4, well_formed[i].path);
	}
	assert_int_equal(asked_for, ARRAY_SIZE(well_formed));
}

/* The same bytes, one by one: the same verdict, and none before the last that matters. */
TEST(request_may_arrive_in_any_pieces)
{
	for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
		struct request rq = { 0 };
		char buf[256];
		int r = 0;

		memcpy(buf, malformed[i].text, malformed[i].len);
		for (size_t n = 1; r == 0 && n <= malformed[i].len; n++)
			r = request_take(&rq, buf, n);
		assert_int_equal(r, 400);
	}
	for (size_t i = 0; i < ARRAY_SIZE(well_formed); i++) {
		struct request rq = { 0 };
		char buf[256];
		int r = 0;

		memcpy(buf, well_formed[i].text, strlen(well_formed[i].text));
		for (size_t n = 1; r == 0 && n <= strlen(well_formed[i].text); n++)
			r = request_take(&rq, buf, n);
		assert_int_equal(r, 200);
		assert_string_equal(rq.path, well_formed[i].path);
	}
}

TEST(a_request_in_pieces_is_one)
{
	static const char text[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
	struct client c;

	open_local();
	call(&c);
	for (const char *p = text; *p; p++) {
		assert_false(c.gone);
		assert_int_equal(asked_for, 0);
		say(&c, p, 1);
		run_ms(1);
	}
	run_ms(2000);
	assert_non_null(strstr(c.text, "\r\n\r\n/a"));
	leave(&c);
}

TEST(a_head_that_has_no_end_is_refused_at_its_bound)
{
	static char text[LISTENER_HEAD + 1];
	int n = snprintf(text, sizeof(text), "GET /a HTTP/1.1\r\nHost: x\r\nX: ");

	open_local();
	memset(text + n, 'x', sizeof(text) - (size_t)n);
	assert_int_equal(status_of(text, LISTENER_HEAD), 431);
	assert_int_equal(asked_for, 0);
	/* The longest that has one is served. */
	memcpy(text + LISTENER_HEAD - 4, "\r\n\r\n", 4);
	assert_int_equal(status_of(text, LISTENER_HEAD), 200);
	memset(text, 'x', sizeof(text));
	assert_int_equal(status_of(text, LISTENER_HEAD), 431);
}

TEST(early_end_is_reported_or_accepted)
{
	struct client c;

	open_local();
	call(&c);
	say(&c, "GET /a HT", 9);
	assert_int_equal(shutdown(c.io.fd, SHUT_WR), 0);
	run_ms(2000);
	assert_true(c.gone);
	assert_memory_equal(c.text, "HTTP/1.1 400 ", 13);
	leave(&c);
	call(&c);
	assert_int_equal(shutdown(c.io.fd, SHUT_WR), 0); /* a port probe */
	run_ms(2000);
	assert_true(c.gone);
	assert_null(c.text);
	leave(&c);
	call(&c);
	say(&c, "GET /big HTTP/1.0\r\n\r\n", 21);
	leave(&c); /* before the answer */
	run_ms(50);
	for (int i = 0; i < LISTENER_CALLERS; i++)
		assert_int_equal(l.caller[i].state, CLIENT_FREE);
}

TEST(an_answer_larger_than_any_buffer_arrives_whole)
{
	auto_free char *answer = NULL;
	const char *body;

	open_local();
	answer = ask("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	body = strstr(answer, "\r\n\r\n") + 4;
	assert_non_null(strstr(answer, "Content-Length: 3145728\r\n"));
	assert_non_null(strstr(answer, "Content-Type: application/octet-stream\r\n"));
	assert_int_equal(strlen(body), BIG);
	assert_int_equal(strspn(body, "x"), BIG);
}

/* With something unread, close() would take the answer away: a body, pipelined requests. */
TEST(junk_behind_a_request_does_not_cost_the_answer)
{
	static char text[32 << 10];
	struct client c;
	int n = snprintf(text, sizeof(text), "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");

	assert_int_equal(listener_open(&l, &loop, "127.0.0.1:0", asked), 0);
	memset(text + n, 'y', sizeof(text) - (size_t)n);
	for (int i = 0; i < 20; i++) {
		call_tcp(&c, AF_INET, listener_port(&l));
		loop_del(&loop, &c.io); /* it reads only when all has been said and done */
		say(&c, text, sizeof(text));
		run_ms(20);
		assert_int_equal(loop_add(&loop, &c.io, EPOLLIN), 0);
		run_ms(2000);
		assert_true(c.gone);
		assert_int_equal(c.error, 0);
		assert_non_null(strstr(c.text, "\r\n\r\n/a"));
		leave(&c);
		run_ms(5);
	}
	assert_int_equal(asked_for, 20); /* one a connection */
}

TEST(junk_has_an_end)
{
	static char text[LISTENER_HEAD];
	struct client c;
	ssize_t n = 0;

	open_local();
	call(&c);
	loop_del(&loop, &c.io);
	c.gone = true;
	say(&c, "GET /a HTTP/1.0\r\n\r\n", 19);
	for (size_t sent = 0; n >= 0 && sent < 2 * LISTENER_JUNK; sent += sizeof(text)) {
		n = send(c.io.fd, text, sizeof(text), MSG_NOSIGNAL | MSG_DONTWAIT);
		run_ms(5);
	}
	assert_true(n < 0 && errno == EPIPE);
	leave(&c);
}

TEST(the_slow_are_hung_up_on_however_they_dawdle)
{
	struct client silent, dripping, deaf, clinging;
	uint64_t from;

	exchange_ms = 300;
	open_local();
	from = loop_now();
	call(&silent);
	call(&dripping);
	call(&deaf);
	call(&clinging);
	loop_del(&loop, &deaf.io);
	say(&deaf, "GET /big HTTP/1.0\r\n\r\n", 21);
	say(&clinging, "GET /a HTTP/1.0\r\n\r\n", 19);
	/* Each byte is a sign of life, and buys no time. */
	while (!dripping.gone && loop_now() - from < 3000) {
		(void)!send(dripping.io.fd, "G", 1, MSG_NOSIGNAL);
		run_ms(20);
	}
	assert_true(dripping.gone);
	assert_in_range(loop_now() - from, 290, 1000);
	run_ms(20);
	assert_true(silent.gone);
	assert_null(silent.text);
	for (int i = 0; i < LISTENER_CALLERS; i++)
		assert_int_equal(l.caller[i].state, CLIENT_FREE);
	assert_true(clinging.gone && clinging.text);
	assert_int_equal(loop_add(&loop, &deaf.io, EPOLLIN), 0);
	run_ms(1000);
	assert_true(deaf.gone && deaf.len < BIG);
	leave(&silent);
	leave(&dripping);
	leave(&deaf);
	leave(&clinging);
}

/* Reading a little now and then is no more a way to stay than sending is. */
TEST(slow_reader_is_disconnected)
{
	struct client c;
	uint64_t from;

	exchange_ms = 300;
	open_local();
	from = loop_now();
	call(&c);
	loop_del(&loop, &c.io);
	c.gone = true;
	say(&c, "GET /big HTTP/1.0\r\n\r\n", 21);
	run_ms(20);
	while (l.caller[0].state != CLIENT_FREE && loop_now() - from < 1000) {
		char drops[16384];

		assert_true(recv(c.io.fd, drops, sizeof(drops), MSG_DONTWAIT) > 0);
		run_ms(10);
	}
	assert_in_range(loop_now() - from, 290, 900);
	leave(&c);
}

TEST(surplus_connection_is_closed_and_room_is_made)
{
	struct client c[LISTENER_CALLERS + 1];

	open_local();
	/* Fewer than the backlog at a time, and more than are taken in one go. */
	for (int i = 0; i < LISTENER_CALLERS; i++)
		call(&c[i]);
	run_ms(20);
	for (int i = 0; i < LISTENER_CALLERS; i++) {
		assert_false(c[i].gone);
		assert_int_equal(l.caller[i].state, CLIENT_ASKING);
	}
	call(&c[LISTENER_CALLERS]);
	run_ms(2000);
	assert_true(c[LISTENER_CALLERS].gone);
	assert_null(c[LISTENER_CALLERS].text);
	leave(&c[LISTENER_CALLERS]);
	leave(&c[3]);
	run_ms(20);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n", 18), 200);
	for (int i = 0; i < LISTENER_CALLERS; i++) {
		if (i != 3) {
			say(&c[i], "GET / HTTP/1.0\r\n\r\n", 18);
			while (!c[i].gone)
				run_ms(2000);
			assert_non_null(c[i].text);
			leave(&c[i]);
		}
	}
}

static int mode_of(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	assert_int_equal(path_full(full, path), 0);
	return lstat(full, &st) < 0 ? -errno : (int)st.st_mode;
}

TEST(anybody_may_ask_at_a_socket_whatever_our_umask_is)
{
	char full[PATH_MAX];
	mode_t was = umask(077);
	struct client c;
	int status;
	pid_t pid;

	open_local();
	assert_int_equal(umask(was), 077); /* as it was */
	assert_int_equal(mode_of("/health.sock"), S_IFSOCK | 0666);
	assert_int_equal(listener_port(&l), -EAFNOSUPPORT);
	if (geteuid() == 0) {
		assert_int_equal(path_full(full, ""), 0);
		assert_int_equal(chmod(full, 0755), 0);
		pid = fork();
		if (pid == 0) {
			int fd = socket(AF_UNIX, SOCK_STREAM, 0);

			if (setgid(65534) || setuid(65534))
				_exit(2);
			_exit(control_path_call(connect, fd, "/health.sock") == 0 ? 0 : 3);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	call(&c);
	listener_close(&l);
	assert_int_equal(mode_of("/health.sock"), -ENOENT);
	listener_close(&l);
	assert_int_equal(listener_port(&l), -EBADF);
	leave(&c);
}

TEST(stale_socket_is_replaced_and_other_files_are_not)
{
	static struct listener second;
	char full[PATH_MAX];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(control_path_call(bind, fd, "/health.sock"), 0);
	close(fd); /* as one that was killed leaves it */
	open_local();
	assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n", 18), 200);
	assert_int_equal(listener_open(&second, &loop, local, asked), -EADDRINUSE);
	listener_close(&second);
	assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n", 18), 200); /* and it is still there */
	/* What somebody else put there meanwhile is not ours to remove. */
	assert_int_equal(path_remove("/health.sock"), 0);
	guest_put("/health.sock", "mine");
	listener_close(&l);
	assert_int_equal(mode_of("/health.sock") & S_IFMT, S_IFREG);
	assert_int_equal(listener_open(&l, &loop, local, asked), -EEXIST);
	assert_int_equal(mode_of("/health.sock") & S_IFMT, S_IFREG);
	assert_int_equal(listener_open(&l, &loop, "unix:/no/such/folder", asked), -ENOENT);
	assert_int_equal(path_remove("/health.sock"), 0);
	assert_int_equal(path_full(full, "/health.sock"), 0);
	assert_int_equal(symlink("/etc/passwd", full), 0);
	assert_int_equal(listener_open(&l, &loop, local, asked), -EEXIST);
}

TEST(tcp_is_served_again_right_after_a_restart)
{
	static struct listener second;
	char address[32];
	struct client c;
	int port;

	assert_int_equal(listener_open(&l, &loop, "127.0.0.1:0", asked), 0);
	port = listener_port(&l);
	assert_in_range(port, 1, 65535);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	for (int i = 0; i < 2; i++) {
		call_tcp(&c, AF_INET, port);
		say(&c, "GET /a HTTP/1.0\r\n\r\n", 19);
		run_ms(2000);
		assert_non_null(strstr(c.text, "\r\n\r\n/a"));
		leave(&c);
		assert_int_equal(listener_open(&second, &loop, address, asked), -EADDRINUSE);
		/* Our side closes first, and its port is in TIME_WAIT then. */
		listener_close(&l);
		assert_int_equal(listener_open(&l, &loop, address, asked), 0);
	}
	assert_int_equal(listener_open(&second, &loop, "192.0.2.1:9100", asked), -EADDRNOTAVAIL);
}

TEST(both_families_are_served)
{
	struct client c;
	int r;

	r = listener_open(&l, &loop, "[::]:0", asked);
	if (r == -EAFNOSUPPORT)
		skip();
	assert_int_equal(r, 0);
	call_tcp(&c, AF_INET, listener_port(&l));
	say(&c, "GET /a HTTP/1.0\r\n\r\n", 19);
	run_ms(2000);
	assert_non_null(strstr(c.text, "\r\n\r\n/a"));
	leave(&c);
	listener_close(&l);
	if (listener_open(&l, &loop, "[::1]:0", asked) < 0)
		skip(); /* a container without IPv6 on lo */
	call_tcp(&c, AF_INET6, listener_port(&l));
	say(&c, "GET /a HTTP/1.0\r\n\r\n", 19);
	run_ms(2000);
	assert_non_null(strstr(c.text, "\r\n\r\n/a"));
	leave(&c);
}

TEST(rejected_address_is_not_opened)
{
	static const char *const bad[] = { "", "localhost:9100", "127.0.0.1:65536", "unix:run/x" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(listener_open(&l, &loop, bad[i], asked), -EINVAL);
}

static unsigned fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* In every state that one can be in; the sanitizers count the bodies, we the fds. */
TEST(closing_hangs_up_on_all_and_leaves_nothing)
{
	static struct listener zeroed;
	unsigned before = fds();
	struct client c[3];

	listener_close(&zeroed);
	for (int i = 0; i < 2; i++) {
		open_local();
		for (int k = 0; k < 3; k++)
			call(&c[k]);
		loop_del(&loop, &c[1].io);
		say(&c[0], "GET", 3);
		say(&c[1], "GET /big HTTP/1.0\r\n\r\n", 21);
		say(&c[2], "GET /a HTTP/1.0\r\n\r\n", 19);
		for (int k = 0; k < 100 && l.caller[2].state != CLIENT_DRAINING; k++)
			run_ms(50); /* a busy machine takes its time */
		assert_int_equal(l.caller[0].state, CLIENT_ASKING);
		assert_int_equal(l.caller[1].state, CLIENT_REPLYING);
		assert_int_equal(l.caller[2].state, CLIENT_DRAINING);
		assert_int_equal(loop_add(&loop, &c[1].io, EPOLLIN), 0);
		listener_close(&l);
		for (int k = 0; k < 100 && !(c[0].gone && c[1].gone && c[2].gone); k++)
			run_ms(50);
		for (int k = 0; k < 3; k++) {
			assert_true(c[k].gone);
			leave(&c[k]);
		}
	}
	assert_int_equal(fds(), before);
}
