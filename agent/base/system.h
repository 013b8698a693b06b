/* SPDX-License-Identifier: Apache-2.0 */
/* system.h - facts of the running system: the identity of its boot, random numbers. */
#ifndef AGENT_BASE_SYSTEM_H
#define AGENT_BASE_SYSTEM_H

enum { BOOT_ID = 40 };

/*
 * Returns the kernel's boot id, "" if it is unknown.  The id is read once.  A time on the boot-time clock is valid in
 * one boot only.
 */
const char *boot_id(void);

/* Returns a random number in [0, 1), from the kernel.  It spreads the requests of a fleet of guests. */
double random_unit(void);

#endif
