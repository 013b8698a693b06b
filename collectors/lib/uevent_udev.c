/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent_udev.c - reads udevd's events through libudev, or the kernel's on a guest without udevd.
 */
#include <errno.h>
#include <libudev.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "collectors/lib/uevent.h"

enum { RECEIVE_BUFFER = 256 * 1024 };

/* Other events would wake the daemon for nothing. */
static int filter_subsystems(struct udev_monitor *m)
{
	static const struct {
		const char *subsystem, *type;
	} wanted[] = { { "block", "disk" }, { "net", NULL }, { "cpu", NULL }, { "memory", NULL },
		{ "nvme", NULL } };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wanted) && r >= 0; i++)
		r = udev_monitor_filter_add_match_subsystem_devtype(
		        m, wanted[i].subsystem, wanted[i].type);
	return r;
}

int uevents_open(struct uevents *u)
{
	struct udev *udev = udev_new();
	/*
	 * Without udevd, libudev's monitor "udev" stays silent. This file is libudev's own test for
	 * udevd; it exists before any service starts.
	 */
	const char *source = access("/run/udev/control", F_OK) == 0 ? "udev" : "kernel";
	int r;

	*u = (struct uevents){ .fd = -1 };
	if (!udev)
		return -ENOMEM;
	u->monitor = udev_monitor_new_from_netlink(udev, source);
	if (!u->monitor) {
		udev_unref(udev);
		return -EOPNOTSUPP;
	}
	(void)udev_monitor_set_receive_buffer_size(u->monitor, RECEIVE_BUFFER);
	r = filter_subsystems(u->monitor);
	if (r >= 0)
		r = udev_monitor_enable_receiving(u->monitor);
	if (r < 0) {
		uevents_close(u);
		return r;
	}
	u->fd = udev_monitor_get_fd(u->monitor);
	return 0;
}

void uevents_close(struct uevents *u)
{
	struct udev *udev = u->monitor ? udev_monitor_get_udev(u->monitor) : NULL;

	if (u->monitor)
		udev_monitor_unref(u->monitor); /* closes the descriptor, too */
	udev_unref(udev);                       /* the monitor holds no reference to it */
	*u = (struct uevents){ .fd = -1 };
}

/* Copies a property out of the device into buf; "" if it is missing or does not fit. */
static const char *copy_property(const char *text, char **buf, size_t *size)
{
	size_t n = text ? strlen(text) + 1 : 1;
	char *at = *buf;

	if (n <= 1 || n > *size)
		return "";
	memcpy(at, text, n);
	*buf += n;
	*size -= n;
	return at;
}

int uevents_read(struct uevents *u, char *buf, size_t size, struct uevent *ret)
{
	struct udev_device *d;
	const char *serial;

	errno = 0; /* older versions, and eudev, leave errno unchanged for events that they skip */
	d = udev_monitor_receive_device(u->monitor);
	if (!d)
		return errno == EAGAIN ? 0 : -errno;
	serial = udev_device_get_property_value(d, "ID_SERIAL_SHORT");
	if (!serial)
		serial = udev_device_get_property_value(d, "ID_SERIAL");
	*ret = (struct uevent){ .action = copy_property(udev_device_get_action(d), &buf, &size),
		.subsystem = copy_property(udev_device_get_subsystem(d), &buf, &size),
		.type = copy_property(udev_device_get_devtype(d), &buf, &size),
		.name = copy_property(udev_device_get_sysname(d), &buf, &size),
		.nvme = copy_property(udev_device_get_property_value(d, "NVME_AEN"), &buf, &size),
		.serial = copy_property(serial, &buf, &size) };
	udev_device_unref(d);
	return 1;
}
