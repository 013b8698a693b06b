/* SPDX-License-Identifier: Apache-2.0 */
/* boot_id.h - which boot of the guest this is: what is due at a boot-time clock holds in one only. */
#ifndef AGENT_BASE_BOOT_ID_H
#define AGENT_BASE_BOOT_ID_H

#include <stdint.h>

enum { BOOT_ID = 40 };

/* The kernel's boot id, "" when it does not say.  Read once. */
const char *boot_id(void);

#endif
