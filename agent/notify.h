/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h - tells systemd how we are, when it asks (NOTIFY_SOCKET); without libsystemd. */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

/* Takes the socket's address out of the environment, so that no child inherits it. */
void notify_open(void);

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
void notify_watchdog(void);

#endif
