/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/http/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "agent/base/clean.h"
#include "agent/base/redact.h"
#include "agent/base/text.h"
#include "agent/http/ca_bundle.h"

/* Long enough for the second server of a slow resolver, and short compared with any time limit. */
static const long connect_timeout_s = 20;

/* Returns the -errno for a result of libcurl, as far as callers distinguish them. */
static int http_errno_from_curl(const struct http_request *rq, CURLcode c)
{
	switch (c) {
	case CURLE_OK:
		return 0;
	case CURLE_OPERATION_TIMEDOUT:
		return -ETIMEDOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return -EHOSTUNREACH;
	case CURLE_COULDNT_CONNECT:
		return -ECONNREFUSED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CONNECT_ERROR:
		return -EKEYREJECTED;
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return -EINVAL;
	case CURLE_FILESIZE_EXCEEDED:
		return -EFBIG;
	case CURLE_WRITE_ERROR:
		return rq->too_large ? -EFBIG : -ENOMEM;
	default:
		return -EIO;
	}
}

/* Returns the seconds of Retry-After, which may be a date of the server's clock; 0 if there is none. */
static long read_retry_after(CURL *easy, time_t server_now)
{
	struct curl_header *h;
	time_t at;

	if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return 0;
	if (*h->value >= '0' && *h->value <= '9')
		return strtol(h->value, NULL, 10);
	at = curl_getdate(h->value, NULL);
	if (at < 0)
		return 0;
	server_now = server_now ? server_now : time(NULL);
	return at > server_now ? (long)(at - server_now) : 0;
}

static time_t read_date_header(CURL *easy)
{
	struct curl_header *h;
	time_t t;

	if (curl_easy_header(easy, "Date", 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return 0;
	t = curl_getdate(h->value, NULL);
	return t < 0 ? 0 : t;
}

static bool has_answer_header(CURL *easy, const char *name)
{
	struct curl_header *h;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK;
}

static char *copy_answer_header(CURL *easy, const char *name)
{
	struct curl_header *h;

	if (!name || curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return strdup(h->value);
}

/* Releases the transfer.  Returns the body received so far, which the caller frees. */
static char *release_http_transfer(struct http_request *rq)
{
	char *text = rq->text;

	curl_multi_remove_handle(rq->http->multi, rq->easy);
	curl_easy_cleanup(rq->easy);
	curl_slist_free_all(rq->list);
	rq->easy = NULL;
	rq->list = NULL;
	rq->text = NULL;
	return text;
}

/* Sets the error.  libcurl accepts a connection that ends within the header as an answer without a body. */
static void judge_http_result(struct http_request *rq, CURLcode c)
{
	rq->error = http_errno_from_curl(rq, c);
	if (c == CURLE_SSL_CACERT_BADFILE && !*rq->http->options.ca_file && !ca_bundle_is_known())
		STR_COPY(rq->why, ca_missing);
	if (rq->error == 0 && !rq->head_ended) {
		rq->error = -EIO;
		(void)snprintf(rq->why, sizeof(rq->why), "the answer ends within its header");
	} else if (rq->error < 0 && !*rq->why) {
		STR_COPY(rq->why, curl_easy_strerror(c));
	}
	redact_userinfo(rq->why);
}

static void finish_http_requests(struct http *h)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		struct http_request *rq;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &rq);
		curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &rq->status);
		rq->date = read_date_header(m->easy_handle);
		rq->retry_after_s = read_retry_after(m->easy_handle, rq->date);
		auto_free char *first = copy_answer_header(m->easy_handle, rq->want[0]);
		auto_free char *second = copy_answer_header(m->easy_handle, rq->want[1]);

		rq->got[0] = first;
		rq->got[1] = second;
		rq->sized = has_answer_header(m->easy_handle, "Content-Length");
		judge_http_result(rq, m->data.result);
		if (rq->error == -EKEYREJECTED)
			tls_trust_explain(&h->trust);
		auto_free char *text = release_http_transfer(rq);

		rq->done(rq, text ? text : "", text ? rq->len : 0);
	}
}

static void handle_ready_connection(struct loop_fd *w, uint32_t events)
{
	struct http_conn *c = container_of(w, struct http_conn, io);
	int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
	           (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
	           (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
	struct http *h = c->http;
	int running;

	curl_multi_socket_action(h->multi, w->fd, what, &running);
	finish_http_requests(h);
}

static void fire_http_timer(struct loop_timer *t, uint64_t missed)
{
	struct http *h = container_of(t, struct http, timer);
	int running;

	(void)missed;
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_http_requests(h);
}

/* Called by libcurl to watch a socket for events, or to stop watching it. */
static int watch_curl_socket(CURL *easy, curl_socket_t s, int what, void *user, void *mine)
{
	struct http *h = user;
	struct http_conn *c = mine;
	uint32_t events =
	        (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (c) {
			loop_del(h->loop, &c->io);
			c->used = false;
		}
		return 0;
	}
	if (c)
		return loop_mod(h->loop, &c->io, events);
	for (c = h->conn; c < h->conn + HTTP_CONNS; c++) {
		if (c->used)
			continue;
		*c = (struct http_conn){
			.io = { s, handle_ready_connection }, .used = true, .http = h
		};
		curl_multi_assign(h->multi, s, c);
		return loop_add(h->loop, &c->io, events);
	}
	return -1;
}

/* Called by libcurl to set the time of its next call. */
static int set_curl_timer(CURLM *multi, long ms, void *user)
{
	struct http *h = user;

	(void)multi;
	loop_timer_stop(h->loop, &h->timer);
	return ms < 0 ? 0 : loop_timer_start(h->loop, &h->timer, (uint64_t)ms, 0);
}

/* Receives a header line.  Headers of a proxy and of "100 Continue" precede the final one. */
static size_t receive_header_line(char *line, size_t size, size_t n, void *user)
{
	struct http_request *rq = user;

	n *= size;
	if (n > HTTP_HEAD_MAX - rq->head_len) {
		rq->too_large = true;
		return 0;
	}
	rq->head_len += n;
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		rq->head_ended = false;
	else if (*line == '\n' || *line == '\r')
		rq->head_ended = true;
	return n;
}

static size_t receive_body_part(char *data, size_t size, size_t n, void *user)
{
	struct http_request *rq = user;
	size_t room = rq->room ? rq->room : HTTP_ANSWER_FIRST;
	char *grown;

	n *= size;
	if (n > HTTP_ANSWER_MAX - rq->len) {
		rq->too_large = true;
		return 0;
	}
	while (room <= rq->len + n)
		room *= 2;
	if (room != rq->room) {
		grown = realloc(rq->text, room);
		if (!grown)
			return 0;
		rq->text = grown;
		rq->room = room;
	}
	memcpy(rq->text + rq->len, data, n);
	rq->len += n;
	rq->text[rq->len] = '\0';
	return n;
}

int http_open(struct http *h, struct loop *l)
{
	*h = (struct http){ .loop = l,
		.options = { .ca_file = "", .client_cert = "", .proxy = "" } };
	h->timer.io.fd = -1;
	h->timer.fired = fire_http_timer;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return -ENOMEM;
	h->multi = curl_multi_init();
	if (!h->multi || tls_trust_open(&h->trust) < 0)
		return -ENOMEM;
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch_curl_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_curl_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNS / 2);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 4L);
	return 0;
}

void http_close(struct http *h)
{
	if (!h->loop)
		return;
	if (h->multi)
		curl_multi_cleanup(h->multi);
	h->multi = NULL;
	tls_trust_close(&h->trust);
	loop_timer_stop(h->loop, &h->timer);
	curl_global_cleanup();
	h->loop = NULL;
}

/* Sets the options that are the same for all requests. */
static void set_transfer_defaults(CURL *e, const struct http_options *o)
{
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, connect_timeout_s);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE, (long)HTTP_ANSWER_MAX);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "prehup/" VERSION);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 16384L);
	if (*o->proxy)
		curl_easy_setopt(e, CURLOPT_PROXY, o->proxy);
}

static int set_request_headers(struct http_request *rq)
{
	for (const char *const *h = rq->headers; h && *h; h++) {
		struct curl_slist *more = curl_slist_append(rq->list, *h);

		if (!more)
			return -ENOMEM;
		rq->list = more;
	}
	curl_easy_setopt(rq->easy, CURLOPT_HTTPHEADER, rq->list);
	return 0;
}

int http_start(struct http *h, struct http_request *rq)
{
	struct http_options options = h->options;
	CURL *e;

	if (rq->easy)
		return -EALREADY;
	e = curl_easy_init();
	if (!e)
		return -ENOMEM;
	rq->easy = e;
	rq->http = h;
	rq->list = NULL;
	rq->error = 0;
	rq->status = 0;
	rq->date = 0;
	rq->retry_after_s = 0;
	rq->text = NULL;
	rq->room = rq->len = rq->head_len = 0;
	rq->head_ended = rq->too_large = false;
	rq->why[0] = '\0';
	set_transfer_defaults(e, &h->options);
	if (rq->insecure)
		options.insecure = true;
	tls_trust_set(&h->trust, e, &options);
	curl_easy_setopt(e, CURLOPT_PRIVATE, rq);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, rq->why);
	curl_easy_setopt(e, CURLOPT_URL, rq->url);
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, rq->method);
	if (rq->body)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, rq->body);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, receive_header_line);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, rq);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, receive_body_part);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, rq);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, rq->timeout_s);
	/* libcurl silently repeats a request that fails on a reused connection: a claim or signal would be sent twice. */
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, strcmp(rq->method, "GET") != 0 ? 1L : 0L);
	if (rq->direct)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
	if (!rq->keep) /* closed by the client, so that TIME_WAIT does not stay at the server */
		curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	if (set_request_headers(rq) == 0 && curl_multi_add_handle(h->multi, e) == CURLM_OK)
		return 0;
	free(release_http_transfer(rq));
	return -ENOMEM;
}

void http_cancel(struct http_request *rq)
{
	if (rq->easy)
		free(release_http_transfer(rq));
}
