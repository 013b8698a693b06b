/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox.h - signals of other programs on this guest for the daemon: files in a folder, each
 * announced by a request on the control socket, which is answered when its signal is accepted,
 * rejected, or its time is over.
 *
 * A file is a delivery (delivery.h) of any size that Heat accepts. It is in the spool before it
 * leaves the folder. Files that lie there when the daemon starts were left for an earlier one, and
 * are accepted then.
 */
#ifndef HEAT_SIGNAL_INBOX_H
#define HEAT_SIGNAL_INBOX_H

#include "agent/serve/control.h"
#include "heat/signal/inbox_protocol.h"
#include "heat/signal/signals.h"

enum {
	INBOX_WAITS = 4,       /* waiting callers: half of all peers, so that status is answered */
	INBOX_PATIENCE = 3600, /* seconds at most */
	INBOX_TEXT = 1 << 20,  /* bytes of a body: Heat's own limit */
};

struct inbox_wait {
	struct inbox *owner;
	struct control_peer *peer; /* NULL: free */
	char name[INBOX_NAME];
	struct loop_timer patience;
	int status;
	char why[DELIVERY_WHY]; /* of the last try */
};

struct inbox {
	struct loop *loop;
	struct signals *signals;
	struct inbox_wait wait[INBOX_WAITS];
};

/* Accepts the files that lie in the folder. */
void inbox_open(struct inbox *in, struct loop *l, struct signals *s);

/*
 * Handles a request line. Returns false if it is not for the inbox; otherwise the peer is answered,
 * now or later.
 */
bool inbox_asked(struct inbox *in, struct control_peer *p, const char *line);

/* As `tried` of struct signals_receivers; `inbox` is a struct inbox. */
bool inbox_tried(void *inbox, const char *id, const struct delivery_result *res);

void inbox_close(struct inbox *in); /* peers are control_close()'s */

#endif
