/* SPDX-License-Identifier: Apache-2.0 */
/* uevent_netlink.c - the backend of the static build, tested in every build. */
#include "collectors/lib/uevent_netlink.c"

#include "tests/unit/collectors/uevent.c"
