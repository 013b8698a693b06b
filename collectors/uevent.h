/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.h - the kernel's word on devices that come and go, without libudev.
 *
 * libudev would say the same for 177 KiB of code (it cannot be built against musl at all), three to four
 * times the CPU and 160 to 640 KiB of memory, and is silent on a guest without udevd.
 */
#ifndef COLLECTORS_UEVENT_H
#define COLLECTORS_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

struct uevent {
	const char *action, *subsystem, *type, *name; /* into the message; "" = it does not say */
	const char *nvme; /* what an NVMe controller has to tell: type, kind and log page */
};

int uevent_open(void); /* a socket that does not wait, or -errno */

/*
 * Takes one message that the kernel itself has sent.  1: *ret is filled in and points into buf; 0: there is
 * none left; -ENOBUFS: some were lost; else -errno.
 */
int uevent_read(int fd, char *buf, size_t size, struct uevent *ret);

/* "add@/devices/...\0ACTION=add\0SUBSYSTEM=block\0..."; false: no such message. */
bool uevent_parse(char *buf, size_t len, struct uevent *ret);

#endif
