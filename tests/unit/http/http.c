/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - connections as a server sees them, and Retry-After. */
#include "tests/unit/lib/test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/http/http.h"

enum { REQUESTS = 3 };

static const char *answer; /* to every request */
static int listening = -1;
static char url[64];
static pid_t server;

/* Answers so many requests, on as many connections as it takes: their number is its exit status. */
static void serve(void)
{
	int served = 0, conns = 0;
	char buf[4096];

	alarm(30); /* a test that has failed does not come */
	while (served < REQUESTS) {
		int c = accept(listening, NULL, NULL);

		conns++;
		while (served < REQUESTS && read(c, buf, sizeof(buf)) > 0) {
			if (write(c, answer, strlen(answer)) < 0)
				_exit(99);
			served++;
		}
		close(c);
	}
	_exit(conns);
}

static void start(const char *with)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	answer = with;
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listening, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listening, REQUESTS), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&at, &n), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(at.sin_port));
	server = fork();
	assert_true(server >= 0);
	if (server == 0)
		serve();
	close(listening);
}

struct client {
	struct loop loop;
	struct http http;
	struct http_request rq;
	int done;
};

static void again(struct http_request *rq, const char *text, size_t len)
{
	struct client *c = container_of(rq, struct client, rq);

	(void)text;
	(void)len;
	if (rq->error == 0 && ++c->done < REQUESTS && http_start(&c->http, rq) == 0)
		return;
	loop_stop(&c->loop);
}

/* All the requests, one after the other; returns the number of connections that were seen. */
static int ask_all(struct client *c, const char *with, bool keep)
{
	int status = 0;

	start(with);
	*c = (struct client){ .rq = {
		                      .method = "GET",
		                      .url = url,
		                      .timeout_s = 20,
		                      .direct = true,
		                      .keep = keep,
		                      .done = again,
		              } };
	assert_int_equal(loop_open(&c->loop), 0);
	assert_int_equal(http_open(&c->http, &c->loop), 0);
	assert_int_equal(http_start(&c->http, &c->rq), 0);
	assert_int_equal(loop_run(&c->loop), 0);
	assert_int_equal(c->rq.error, 0);
	assert_int_equal(c->done, REQUESTS);
	http_close(&c->http);
	loop_close(&c->loop);
	assert_int_equal(waitpid(server, &status, 0), server);
	return WEXITSTATUS(status);
}

static const char plain[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

TEST(connection_is_closed_unless_next_request_is_near)
{
	struct client c;

	assert_int_equal(ask_all(&c, plain, false), REQUESTS);
	assert_int_equal(c.rq.retry_after_s, 0);
	assert_int_equal(ask_all(&c, plain, true), 1);
}

TEST(retry_after_is_seconds_or_a_date_of_the_server)
{
	static const struct {
		const char *head;
		long wait_s;
	} cases[] = {
		{ "Retry-After: 120", 120 },
		{ "Date: Fri, 13 Nov 2020 10:00:00 GMT\r\nRetry-After: Fri, 13 Nov 2020 10:05:00 "
		  "GMT",
		        300 },
		{ "Date: Fri, 13 Nov 2020 10:00:00 GMT\r\nRetry-After: Fri, 13 Nov 2020 09:00:00 "
		  "GMT",
		        0 },
		{ "Retry-After: soon", 0 },
		{ "Retry-After: -5", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct client c;

		(void)ask_all(&c,
		        fmt("HTTP/1.1 503 Busy\r\n%s\r\nContent-Length: 0\r\n\r\n", cases[i].head),
		        true);
		assert_int_equal(c.rq.status, 503);
		assert_int_equal(c.rq.retry_after_s, cases[i].wait_s);
	}
}
