/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h - which boot of the guest this is: what is due at a boot-time clock holds in one only. */
#ifndef AGENT_BOOT_H
#define AGENT_BOOT_H

#include <stdint.h>

enum { BOOT_ID = 40 };

/* The kernel's boot id, "" when it does not say.  Read once. */
const char *boot_id(void);

#endif
