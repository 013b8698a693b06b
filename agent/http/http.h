/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - requests that go out and come back while the loop runs: libcurl's multi handle.
 *
 * A request is embedded in whoever makes it, as a watcher is.  done() is called once for every
 * http_start() that returned 0, unless http_cancel() came first.  Redirects are never followed:
 * a signature covers one address, and a pre-signed URL is a secret.
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
	HTTP_CONNS = 16,           /* sockets at a time; libcurl queues what is beyond */
	HTTP_ANSWER_MAX = 4 << 20, /* bytes; Heat refuses templates over 512 KiB */
	HTTP_ANSWER_FIRST = 4096,  /* bytes of room to begin with; doubled as needed */
	HTTP_HEAD_MAX = 256 << 10, /* bytes of all headers */
	HTTP_WHY = 256,
	HTTP_HEADERS = 2, /* of an answer, that a caller may ask for */
};

/* How to reach the outside; strings stay the caller's for as long as requests are made. */
struct http_options {
	const char *ca_bundle_file; /* "" = the system's */
	const char *client_cert; /* ours, with its key, for servers that ask for one; "" = none */
	const char *proxy; /* "" = as the environment says (http_proxy, https_proxy, no_proxy) */
	bool insecure;     /* do not verify the server's certificate */
};

struct http {
	struct loop *loop;
	CURLM *multi;
	struct http_options options;
	char ca_bundle_file[PATH_MAX], client_cert[PATH_MAX]; /* of http_configure() */
	struct http_trust trust;
	struct loop_timer timer;
	struct http_conn {
		struct loop_fd io;
		bool used;
		struct http *http;
	} conn[HTTP_CONNS];
};

struct http_request {
	/* Filled in by the caller, and kept by it until done(). */
	const char *method; /* "GET", "POST", "PUT" */
	const char *url;
	const char *const *headers;     /* "Name: value", NULL-terminated; NULL = none */
	const char *body;               /* NULL = none */
	long timeout_s;                 /* for the whole exchange */
	bool direct;                    /* never by a proxy: it is for this machine alone */
	bool keep;                      /* another one to the same server follows within seconds */
	bool insecure;                  /* this one's certificate is not verified */
	const char *want[HTTP_HEADERS]; /* headers of the answer to hand over; NULL = none */
	/* `answer` is NUL-terminated and lives until done() returns, which may start rq anew. */
	void (*done)(struct http_request *rq, const char *answer, size_t len);

	/* What came back. */
	int error;                     /* 0, or -errno when there was no whole answer */
	char why[HTTP_WHY];            /* ... and libcurl's words for it */
	long status;                   /* 200, 404, ...; 0 when none came */
	time_t date;                   /* the server's Date:, 0 = none */
	long retry_after_s;            /* 0 = none */
	bool sized;                    /* it said how long its body is: what is empty is meant so */
	const char *got[HTTP_HEADERS]; /* those wanted, NULL = not sent; until done() returns */

	/* Private. */
	struct http *http;
	CURL *easy; /* NULL when idle */
	struct curl_slist *list;
	char *text;
	size_t room, len, head_len;
	bool head_ended, too_large;
};

int http_open(struct http *h, struct loop *l);
void http_close(struct http *h); /* requests must have been cancelled or be done */

/* 0, or -errno: done() will not be called. */
int http_start(struct http *h, struct http_request *rq);
void http_cancel(struct http_request *rq); /* idle requests: does nothing */

#endif
