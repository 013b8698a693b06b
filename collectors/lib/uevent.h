/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.h - events of devices that are added, removed and changed.
 *
 * The Makefile (UDEV) chooses one of two backends. uevent_udev.c is libudev's monitor. It gets
 * udevd's events after the rules have run, with the serial number that only these find; where no
 * udevd runs, the kernel's. A rule that waits for a dying disk delays that disk's event, but its
 * latency is measured at each tick.
 *
 * uevent_netlink.c reads the kernel's events, for the static build: libudev cannot be built against
 * musl, and would add 177 KiB of code.
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
	const char *nvme;   /* event of an NVMe controller: type, kind and log page */
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
