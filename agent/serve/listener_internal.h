/* SPDX-License-Identifier: Apache-2.0 */
/* listener_internal.h - where a listener listens; for listener.c. */
#ifndef AGENT_SERVE_LISTENER_INTERNAL_H
#define AGENT_SERVE_LISTENER_INTERNAL_H

#include "agent/serve/listener.h"

/* A bound socket that listens, or -errno; l->path, dev and ino are set for a unix socket. */
int listener_bind(struct listener *l, const char *address);

/* Removes the socket file, if it is still ours. */
void listener_unbind(struct listener *l);

#endif
