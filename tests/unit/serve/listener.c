/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <sys/wait.h>

#include "agent/serve/listener.c"

#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/stream_rig.h"

enum { BIG = 3 << 20 };

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
	listener_protocol.limit_ms = LISTENER_EXCHANGE_MS;
	memset(&l, 0, sizeof(l));
	return loop_open(&loop);
}

FIXTURE(teardown)
{
	listener_close(&l);
	loop_close(&loop);
	return guest_close(state);
}

static void call(struct client *c)
{
	client_connect(c, "/health.sock");
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
	client_watch(c, fd);
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
		assert_int_equal(l.caller[i].stream.state, STREAM_FREE);
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

TEST(the_slow_are_hung_up_on_however_they_dawdle)
{
	struct client silent, dripping, deaf, clinging;
	uint64_t from;

	listener_protocol.limit_ms = 300;
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
		assert_int_equal(l.caller[i].stream.state, STREAM_FREE);
	assert_true(clinging.gone && clinging.text);
	assert_int_equal(loop_add(&loop, &deaf.io, EPOLLIN), 0);
	run_ms(1000);
	assert_true(deaf.gone && deaf.len < BIG);
	leave(&silent);
	leave(&dripping);
	leave(&deaf);
	leave(&clinging);
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
			_exit(unix_socket_call(connect, fd, "/health.sock") == 0 ? 0 : 3);
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
