/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - tells systemd how we are: sd_notify(3), without libsystemd.
 *
 * Not under systemd (no NOTIFY_SOCKET) all of it does nothing and returns 0.  Never blocks for
 * more than a second; failures are -errno, and none is a reason to stop.
 */
#ifndef AGENT_PROCESS_NOTIFY_H
#define AGENT_PROCESS_NOTIFY_H

#include <stdint.h>

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, for
 * they are meant for us.  -EAFNOSUPPORT: a kind of address that we do not know (vsock).
 */
int notify_open(void);
void notify_close(void);

int notify_ready(void);     /* started, or reloaded: settings are in force */
int notify_reloading(void); /* notify_ready() is to follow */
int notify_stopping(void);

/* What `systemctl status` shows, one line, cut at 256 bytes and cleaned as by log_clean(). */
int notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int notify_watchdog(void);

/* How often, in ms, notify_watchdog() is to be called: half of what systemd allows; 0: never. */
uint64_t notify_watchdog_ms(void);

#endif
