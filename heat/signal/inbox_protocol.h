/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox_protocol.h - names that a sender (send.c) and the daemon (inbox.c) share.
 *
 * The sender writes FOLDER/NAME.json and requests "signal NAME TIMEOUT_S" on the control socket.
 */
#ifndef HEAT_SIGNAL_INBOX_PROTOCOL_H
#define HEAT_SIGNAL_INBOX_PROTOCOL_H

#include <limits.h>
#include <stdio.h>

#include "agent/base/paths.h"

#define INBOX_FOLDER PATH_STATE "/inbox"

enum { INBOX_NAME = 17 }; /* 16 hexadecimal digits and a NUL */

/* First words of answers; an exit status (send.h) and a sentence follow. */
#define INBOX_TAKEN   "taken"
#define INBOX_KEPT    "kept"
#define INBOX_REFUSED "refused"
#define INBOX_FULL    "full"

static inline void inbox_path(char ret[static PATH_MAX], const char *name)
{
	(void)snprintf(ret, PATH_MAX, INBOX_FOLDER "/%s.json", name);
}

#endif
