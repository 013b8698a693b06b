/* SPDX-License-Identifier: Apache-2.0 */
/* address.h - "ADDRESS:PORT" or "unix:/PATH" as text and as the kernel takes it. */
#ifndef AGENT_BASE_ADDRESS_H
#define AGENT_BASE_ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

struct address {
	const char *path; /* of a unix socket, in the parsed text; NULL: `ip` is set */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} ip;
	socklen_t ip_size;
};

/*
 * Parses "127.0.0.1:9100", "[::1]:9100" (numeric addresses only) or "unix:/PATH". Returns NULL, or
 * the mistake as the rest of a sentence: "is too long".
 */
const char *address_parse(const char *text, struct address *ret);

/* Returns 0, or -EINVAL with `"localhost:9100" is ...` in reterr. */
int address_check(const char *text, char *reterr, size_t size);

#endif
