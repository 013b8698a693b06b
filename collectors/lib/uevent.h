/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.h - devices that come and go, told as it happens.
 *
 * Two of them, chosen by the Makefile (UDEV).  uevent_udev.c is libudev's monitor: the word of udevd, after
 * its rules have run, with the serial number that only they find out (a rule that waits for a dying disk holds up
 * what is said of that disk; how it answers is seen at each tick); of the kernel where no udevd runs.
 * uevent_netlink.c hears the kernel itself: for the static build, since libudev cannot be built against
 * musl, and would be 177 KiB of code there.
 */
#ifndef COLLECTORS_LIB_UEVENT_H
#define COLLECTORS_LIB_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

struct udev_monitor;

struct uevents {
	int fd; /* readable when there is news; -1: closed */
	struct udev_monitor *monitor;
};

struct uevent {
	const char *action, *subsystem, *type, *name; /* into buf; "" = it does not say */
	const char *nvme;   /* what an NVMe controller has to tell: type, kind and log page */
	const char *serial; /* of a disk, as udevd's rules have found it */
};

int uevents_open(struct uevents *u); /* 0, or -errno: closed */
void uevents_close(struct uevents *u);

/*
 * Takes one message that root (the kernel, udevd) has sent.  1: *ret is filled in and points into buf; 0:
 * there is none left; -ENOBUFS: some were lost; else -errno.
 */
int uevents_read(struct uevents *u, char *buf, size_t size, struct uevent *ret);

/* "add@/devices/...\0ACTION=add\0SUBSYSTEM=block\0..."; false: no such message. */
bool uevent_parse(char *buf, size_t len, struct uevent *ret);

#endif
