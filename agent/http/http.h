/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - asynchronous HTTP requests on the event loop, by libcurl's multi handle.
 *
 * A request is embedded in its owner, like a watcher.  done() is called once for every http_start() that returned 0,
 * unless http_cancel() is called first.  Redirects are never followed: a signature covers one address, and a
 * pre-signed URL is a secret.
 */
#ifndef AGENT_HTTP_HTTP_H
#define AGENT_HTTP_HTTP_H

#include <curl/curl.h>
#include <limits.h>
#include <stddef.h>
#include <time.h>

#include "agent/base/loop.h"
#include "agent/http/tls_trust.h"

enum {
	HTTP_CONNS = 16,           /* sockets at a time; libcurl queues further requests */
	HTTP_ANSWER_MAX = 4 << 20, /* bytes; Heat refuses templates over 512 KiB */
	HTTP_ANSWER_FIRST = 4096,  /* bytes of the first buffer; doubled as needed */
	HTTP_HEAD_MAX = 256 << 10, /* bytes of all headers */
	HTTP_WHY = 256,
	HTTP_HEADERS = 2, /* answer headers that a caller may request */
};

struct http {
	struct loop *loop;
	CURLM *multi;
	struct http_options options;
	char ca_file[PATH_MAX], client_cert[PATH_MAX]; /* of conf_http_options() */
	struct http_trust trust;
	struct loop_timer timer;
	struct http_conn {
		struct loop_fd io;
		bool used;
		struct http *http;
	} conn[HTTP_CONNS];
};

struct http_request {
	/* Set by the caller, and kept valid until done(). */
	const char *method; /* "GET", "POST", "PUT" */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; NULL = none */
	const char *body;           /* NULL = none */
	long timeout_s;             /* for the whole exchange */
	bool direct;                /* without a proxy: the server is this machine */
	bool keep;                  /* keeps the connection for another request within seconds */
	bool insecure;              /* the server's certificate is not verified */
	const char *want[HTTP_HEADERS]; /* requested headers of the answer; NULL = none */
	/* `answer` is NUL-terminated and is valid until done() returns; done() may start rq again. */
	void (*done)(struct http_request *rq, const char *answer, size_t len);

	/* The result. */
	int error;          /* 0, or -errno if there was no complete answer */
	char why[HTTP_WHY]; /* libcurl's message for the error */
	long status;        /* 200, 404, ...; 0 if there was no answer */
	time_t date;        /* the server's Date:, 0 = none */
	long retry_after_s; /* 0 = none */
	bool sized;         /* the answer had Content-Length: an empty body is intended */
	const char *
	        got[HTTP_HEADERS]; /* values of `want`, NULL = absent; valid until done() returns */

	/* Private. */
	struct http *http;
	CURL *easy; /* NULL when idle */
	struct curl_slist *list;
	char *text;
	size_t room, len, head_len;
	bool head_ended, too_large;
};

int http_open(struct http *h, struct loop *l);
void http_close(struct http *h); /* all requests must be done or cancelled */

/* Starts a request.  Returns 0, or -errno if done() will not be called. */
int http_start(struct http *h, struct http_request *rq);
void http_cancel(struct http_request *rq); /* does nothing if rq is idle */

#endif
