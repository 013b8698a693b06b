/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fits a sockaddr_un behind "/proc/self/fd/NUMBER/", the form for long paths. */
enum { FILE_NAME_MAX = 80 };

static const char *parse_socket_path(const char *path, struct address *ret)
{
	const char *last = strrchr(path, '/');

	if (*path != '/')
		return "is no socket: unix:/PATH is";
	if (strlen(path) >= PATH_MAX || strlen(last + 1) > FILE_NAME_MAX)
		return "is too long";
	if (!last[1] || strcmp(last, "/.") == 0 || strcmp(last, "/..") == 0)
		return "is a folder";
	ret->path = path;
	return NULL;
}

static const char *parse_ip_and_port(const char *text, const char *colon, struct address *ret)
{
	const char *port = colon + 1;
	char host[INET6_ADDRSTRLEN] = "";
	bool v6 = *text == '[';
	size_t n = (size_t)(colon - text);
	unsigned long number;

	if (strspn(port, "0123456789") != strlen(port) || !*port || strlen(port) > 5)
		return "has no port number: ADDRESS:PORT, as in 127.0.0.1:9100";
	number = strtoul(port, NULL, 10);
	if (number > 65535)
		return "has a port above 65535";
	if (v6 && (n < 2 || text[n - 1] != ']'))
		return "is no address: [IPv6]:PORT, as in [::1]:9100";
	if (v6) {
		text++;
		n -= 2;
	}
	if (n < sizeof(host))
		memcpy(host, text, n);
	if (v6) {
		ret->ip.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
			.sin6_port = htons((uint16_t)number) };
		ret->ip_size = sizeof(ret->ip.v6);
	} else {
		ret->ip.v4 = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons((uint16_t)number) };
		ret->ip_size = sizeof(ret->ip.v4);
	}
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host,
	            v6 ? (void *)&ret->ip.v6.sin6_addr : (void *)&ret->ip.v4.sin_addr) != 1)
		return "is no numeric address: 127.0.0.1:9100, [::1]:9100, 0.0.0.0:9100";
	return NULL;
}

const char *address_parse(const char *text, struct address *ret)
{
	const char *colon = strrchr(text, ':');

	*ret = (struct address){ 0 };
	if (strncmp(text, "unix:", 5) == 0)
		return parse_socket_path(text + 5, ret);
	return colon ? parse_ip_and_port(text, colon, ret)
	             : "is neither ADDRESS:PORT nor unix:/PATH";
}

int address_check(const char *text, char *reterr, size_t size)
{
	struct address at;
	const char *why = address_parse(text, &at);

	if (why)
		(void)snprintf(reterr, size, "\"%.100s\" %s", text, why);
	return why ? -EINVAL : 0;
}
