/* SPDX-License-Identifier: Apache-2.0 */
/* uevent_netlink.c - what the static build hears the kernel with, tried in whichever build this is. */
#include "collectors/lib/uevent_netlink.c"

#include "tests/unit/collectors/uevent.c"
