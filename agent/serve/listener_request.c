/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/listener_request.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Returns the next line without its line end; the head is complete, so there is one. */
static char *next_head_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	*at = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

/* Parses "METHOD TARGET HTTP/1.x". Returns 0 or 400. */
static int split_request_line(struct request *rq, char *line, char **ret_method, char **ret_target)
{
	size_t n = strspn(line, token);
	char *target = line + n + 1, *version;

	if (n == 0 || line[n] != ' ')
		return 400;
	line[n] = '\0';
	for (version = target; *version > 0x20 && *version < 0x7f; version++)
		;
	if (version == target || *version != ' ')
		return 400;
	*version++ = '\0';
	if (strncmp(version, "HTTP/1.", 7) != 0 || version[7] < '0' || version[7] > '9' ||
	        version[8])
		return 400;
	rq->old = version[7] == '0';
	*ret_method = line;
	*ret_target = target;
	return 0;
}

/* Returns 0 or 400. */
static int check_request_headers(const struct request *rq, char *at)
{
	unsigned hosts = 0;

	for (char *line = next_head_line(&at); *line; line = next_head_line(&at)) {
		size_t n = strspn(line, token);

		if (n == 0 || line[n] != ':')
			return 400;
		hosts += n == 4 && strncasecmp(line, "Host", 4) == 0;
	}
	return hosts > 1 || (hosts == 0 && !rq->old) ? 400 : 0;
}

/* Finds the path in "/path?query" or "http://host/path?query". Returns 200 or 400. */
static int find_request_path(struct request *rq, char *target)
{
	bool tls = strncasecmp(target, "https://", 8) == 0;
	char *path = target;

	if (strchr(target, '#'))
		return 400;
	if (tls || strncasecmp(target, "http://", 7) == 0) {
		char *host = target + (tls ? 8 : 7);

		path = host + strcspn(host, "/?");
		if (path == host)
			return 400;
		/* "http://host" means "/"; the slash overwrites the end of the host. */
		if (*path != '/') {
			path--;
			path[1] = '\0';
			*path = '/';
		}
	}
	if (*path != '/')
		return 400;
	path[strcspn(path, "?")] = '\0';
	rq->path = path;
	return 200;
}

static int parse_request_head(struct request *rq, char *at)
{
	char *method = NULL, *target = NULL;
	int r = split_request_line(rq, next_head_line(&at), &method, &target);

	if (r == 0)
		r = check_request_headers(rq, at);
	if (r)
		return r;
	rq->head = strcmp(method, "HEAD") == 0;
	return rq->head || strcmp(method, "GET") == 0 ? find_request_path(rq, target) : 405;
}

/*
 * Each byte is checked once, when it arrives: non-HTTP data (such as TLS) is rejected at its first
 * byte, and a head that arrives byte by byte costs no more than one that arrives at once.
 */
int request_take(struct request *rq, char *buf, size_t len)
{
	for (; rq->seen < len; rq->seen++) {
		size_t at = rq->seen;
		const uint8_t c = (uint8_t)buf[at];
		bool after_cr = at > 0 && buf[at - 1] == '\r';

		if ((after_cr && c != '\n') || (c < 0x20 && !strchr("\t\r\n", c)) || c == 0x7f ||
		        c == '\0')
			return 400;
		if (c != '\n')
			continue;
		if (at - (after_cr ? 1 : 0) > rq->line) {
			rq->line = at + 1;
			continue;
		}
		if (rq->line > rq->begin)
			return parse_request_head(rq, buf + rq->begin);
		/* RFC 9112, 2.2: an empty line may precede the request. */
		if (rq->begin > 0)
			return 400;
		rq->begin = rq->line = at + 1;
	}
	return 0;
}
