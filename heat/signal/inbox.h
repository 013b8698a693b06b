/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox.h - accepts signals of other programs on this guest: files in a folder, each announced by a
 * request on the control socket. The request is answered when the signal is accepted or rejected,
 * or after its timeout.
 *
 * A file is a delivery (delivery.h) of any size that Heat accepts. It is in the spool before it is
 * removed from the folder. Files that are in the folder when the daemon starts were left by an
 * earlier run, and are queued then.
 */
#ifndef HEAT_SIGNAL_INBOX_H
#define HEAT_SIGNAL_INBOX_H

#include "agent/serve/control.h"
#include "heat/signal/inbox_protocol.h"
#include "heat/signal/signals.h"

enum {
	/* waiting callers: half of all peers, so that status requests are still answered */
	INBOX_WAITS = 4,
	INBOX_TIMEOUT_MAX_S = 3600, /* seconds */
	INBOX_TEXT = 1 << 20,       /* bytes of a body: Heat's limit */
};

struct inbox_wait {
	struct inbox *owner;
	struct control_peer *peer; /* NULL: free */
	char name[INBOX_NAME];
	struct loop_timer timeout;
	int status;
	char why[DELIVERY_WHY]; /* of the last attempt */
};

struct inbox {
	struct loop *loop;
	struct signals *signals;
	struct inbox_wait wait[INBOX_WAITS];
};

/* Queues the files in the folder. */
void inbox_open(struct inbox *in, struct loop *l, struct signals *s);

/*
 * Handles a request line. Returns false if it is not for the inbox; otherwise the peer is answered,
 * now or later.
 */
bool inbox_asked(struct inbox *in, struct control_peer *p, const char *line);

/* As `tried` of struct signals_receivers; `inbox` is a struct inbox. */
bool inbox_tried(void *inbox, const char *id, const struct delivery_result *res);

void inbox_close(struct inbox *in); /* control_close() frees the peers */

#endif
