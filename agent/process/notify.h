/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify.h - reports the daemon's state to systemd: sd_notify(3), without libsystemd.
 *
 * Without systemd (no NOTIFY_SOCKET) each function does nothing and returns 0.  None blocks for more than a second.
 * Failures are -errno and are not fatal.
 */
#ifndef AGENT_PROCESS_NOTIFY_H
#define AGENT_PROCESS_NOTIFY_H

#include <stdint.h>

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the environment, so that children do not use
 * them.  Returns 0 or -errno; -EAFNOSUPPORT for an unsupported kind of address (vsock).
 */
int notify_open(void);
void notify_close(void);

int notify_ready(void);     /* started, or reloaded: settings are in force */
int notify_reloading(void); /* call notify_ready() next */
int notify_stopping(void);

/* Sets the line of `systemctl status`, cut at 256 bytes and cleaned by log_clean(). */
int notify_status(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int notify_watchdog(void);

/* Returns the interval of notify_watchdog() in ms, half the limit of systemd; 0: no watchdog. */
uint64_t notify_watchdog_ms(void);

#endif
