/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox.h - what other programs of this guest give the daemon to signal: files in a folder, each told of by a
 * request on the control socket, and answered when its signal is taken, refused, or out of patience.
 *
 * A file is a delivery (delivery.h), of any size that Heat takes.  It is in the spool before it leaves the
 * folder; what lies there when the daemon starts was given to one that ended, and is taken then.
 */
#ifndef HEAT_SIGNAL_INBOX_H
#define HEAT_SIGNAL_INBOX_H

#include <limits.h>

#include "agent/serve/control.h"
#include "heat/signal/signals.h"

extern const char inbox_folder[];

enum {
	INBOX_NAME = 17, /* 16 hexadecimal digits */
	INBOX_WAITS = 4, /* who is waited for: half of all peers, so that status is answered */
	INBOX_PATIENCE = 3600, /* seconds at most */
	INBOX_TEXT = 1 << 20,  /* bytes of a body: Heat's own limit */
};

/* First words of answers; an exit status (send.h) and a sentence follow. */
#define INBOX_TAKEN   "taken"
#define INBOX_KEPT    "kept"
#define INBOX_REFUSED "refused"
#define INBOX_FULL    "full"

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

/* Takes what lies in the folder. */
void inbox_open(struct inbox *in, struct loop *l, struct signals *s);

/* False: the line is no request of ours.  Else the peer is answered, now or later. */
bool inbox_asked(struct inbox *in, struct control_peer *p, const char *line);

/* As `tried` of struct signals. */
bool inbox_tried(struct inbox *in, const char *id, const struct delivery_result *res);

void inbox_close(struct inbox *in); /* peers are control_close()'s */

void inbox_path(char ret[static PATH_MAX], const char *name);

#endif
