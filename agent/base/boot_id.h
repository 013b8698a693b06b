/* SPDX-License-Identifier: Apache-2.0 */
/* boot_id.h - the identity of the running boot: a time on the boot-time clock is valid in one boot only. */
#ifndef AGENT_BASE_BOOT_ID_H
#define AGENT_BASE_BOOT_ID_H

#include <stdint.h>

enum { BOOT_ID = 40 };

/* Returns the kernel's boot id, "" if it is unknown.  The id is read once. */
const char *boot_id(void);

#endif
