/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serve/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Root's and the daemon's own user may ask, whatever the mode of the socket is. */
static bool is_peer_allowed(struct stream_client *c)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	return getsockopt(c->io.fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && n == sizeof(peer) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* Cuts the line at its newline. */
static int parse_control_line(struct stream_client *c, bool ended)
{
	char *end = ended ? NULL : memchr(c->buffer, '\n', c->len);

	if (!end)
		return 0;
	*end = '\0';
	return strlen(c->buffer) == (size_t)(end - c->buffer) ? 1 : -EINVAL;
}

static void call_control_owner(struct stream_client *c)
{
	struct control_peer *p = container_of(c, struct control_peer, stream);

	p->control->asked(p, p->line);
}

/* Not const, so that tests need not wait that long. */
static struct stream_protocol control_protocol = {
	.clients = CONTROL_PEERS,
	.request_max = CONTROL_LINE,
	.limit_ms = CONTROL_SILENCE_MS,
	.limit_renewed = true,
	.accept = is_peer_allowed,
	.parse = parse_control_line,
	.respond = call_control_owner,
};

void control_answer(struct control_peer *p, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy)
		memcpy(copy, text, len);
	stream_server_reply(&p->stream, 0, copy, copy ? len : 0);
}

int control_open(struct control *c, struct loop *l, const char *path,
        void (*asked)(struct control_peer *p, const char *line))
{
	c->asked = asked;
	c->server.protocol = &control_protocol;
	for (int i = 0; i < CONTROL_PEERS; i++) {
		c->peer[i].control = c;
		c->peer[i].stream.buffer = c->peer[i].line;
		c->server.client[i] = &c->peer[i].stream;
	}
	return stream_server_open_path(&c->server, l, path, 0600);
}

void control_close(struct control *c)
{
	stream_server_close(&c->server);
}
