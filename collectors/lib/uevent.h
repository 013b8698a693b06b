/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.h - events of devices that are added, removed and changed.
 *
 * The Makefile (UDEV) chooses one of two backends. uevent_udev.c is libudev's monitor. It receives
 * udevd's events after the rules have run, with the serial number that only the rules find, or the
 * kernel's events if no udevd runs. A rule that waits for a failing disk delays that disk's event,
 * but its latency is measured at each tick.
 *
 * uevent_netlink.c reads the kernel's events for the static build: libudev cannot be built against
 * musl, and would add 177 KiB of code.
 */
#ifndef COLLECTORS_LIB_UEVENT_H
#define COLLECTORS_LIB_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

struct udev_monitor;

struct uevents {
	int fd; /* readable when an event is pending; -1: closed */
	struct udev_monitor *monitor;
};

struct uevent {
	const char *action, *subsystem, *type, *name; /* pointers into buf; "": not in the event */
	const char *nvme;   /* event of an NVMe controller: type, kind and log page */
	const char *serial; /* of a disk, from udevd's rules */
};

int uevents_open(struct uevents *u); /* 0, or -errno: closed */
void uevents_close(struct uevents *u);

/*
 * Reads one message from root (the kernel, udevd). Returns 1: *ret is set and points into buf; 0:
 * no message is pending; -ENOBUFS: messages were lost; else -errno.
 */
int uevents_read(struct uevents *u, char *buf, size_t size, struct uevent *ret);

/* Parses "add@/devices/...\0ACTION=add\0SUBSYSTEM=block\0..."; false: not a uevent. */
bool uevent_parse(char *buf, size_t len, struct uevent *ret);

#endif
