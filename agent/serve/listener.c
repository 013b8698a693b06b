/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/base/address.h"
#include "agent/base/clean.h"

static const char *status_phrase_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 500:
		return "Internal Server Error";
	case 503:
		return "Service Unavailable";
	default:
		return "";
	}
}

static bool reset_http_request(struct stream_client *stream)
{
	container_of(stream, struct listener_client, stream)->rq = (struct request){ 0 };
	return true;
}

/* A connection that ends before its first byte is a port probe: it gets no answer. */
static int parse_http_request(struct stream_client *stream, bool ended)
{
	struct listener_client *c = container_of(stream, struct listener_client, stream);

	if (stream->len == 0)
		return 0;
	c->status = ended ? 400 : request_take(&c->rq, stream->buffer, stream->len);
	if (c->status == 0 && stream->len == LISTENER_HEAD)
		c->status = 431;
	return c->status;
}

/* Sends no Date: a guest's clock is wrong often enough, and nothing here may be stored. */
static void send_http_reply(struct stream_client *stream)
{
	struct listener_client *c = container_of(stream, struct listener_client, stream);
	struct listener_answer a = { .status = c->status };
	char phrase[64] = "";
	int n;

	if (c->status == 200) {
		a.status = 404;
		c->listener->asked(c->listener, c->rq.path, &a);
	}
	if (!a.body)
		a.len = (size_t)snprintf(
		        phrase, sizeof(phrase), "%s\n", status_phrase_of(a.status));
	/* Overwrites the request, which is no longer needed. */
	n = snprintf(stream->buffer, LISTENER_HEAD,
	        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	        "Cache-Control: no-store\r\nConnection: close\r\n%s\r\n%s",
	        a.status, status_phrase_of(a.status), a.type ? a.type : "text/plain; charset=utf-8",
	        a.len, a.status == 405 ? "Allow: GET, HEAD\r\n" : "", c->rq.head ? "" : phrase);
	stream_server_reply(stream, (size_t)n, a.body, a.body && !c->rq.head ? a.len : 0);
}

/* Not const, so that tests need not wait that long. */
static struct stream_protocol listener_protocol = {
	.clients = LISTENER_CALLERS,
	.request_max = LISTENER_HEAD,
	.limit_ms = LISTENER_EXCHANGE_MS,
	.discard_max = LISTENER_JUNK,
	.accept = reset_http_request,
	.parse = parse_http_request,
	.respond = send_http_reply,
};

static int open_ip_listener(struct listener *l, struct loop *loop, const struct address *at)
{
	auto_fd int fd =
	        socket(at->ip.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, no = 0;

	/* Lets a restart bind while old connections are in TIME_WAIT; lets [::] accept IPv4. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	        (at->ip.any.sa_family == AF_INET6 &&
	                setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no)) < 0) ||
	        bind(fd, &at->ip.any, at->ip_size) < 0)
		return -errno;
	return stream_server_open_fd(&l->server, loop, steal_fd(&fd));
}

int listener_open(struct listener *l, struct loop *loop, const char *address,
        void (*asked)(struct listener *, const char *path, struct listener_answer *ret))
{
	struct address at;

	if (address_parse(address, &at))
		return -EINVAL;
	l->asked = asked;
	l->server.protocol = &listener_protocol;
	for (int i = 0; i < LISTENER_CALLERS; i++) {
		l->caller[i].listener = l;
		l->caller[i].stream.buffer = l->head[i];
		l->server.client[i] = &l->caller[i].stream;
	}
	return at.path ? stream_server_open_path(&l->server, loop, at.path, 0666)
	               : open_ip_listener(l, loop, &at);
}

void listener_close(struct listener *l)
{
	stream_server_close(&l->server);
}

int listener_port(const struct listener *l)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);

	if (!l->server.io.ready)
		return -EBADF;
	if (getsockname(l->server.io.fd, (struct sockaddr *)&at, &n) < 0)
		return -errno;
	if (at.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&at)->sin_port);
	return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
	                                : -EAFNOSUPPORT;
}
