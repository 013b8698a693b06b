/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.c - uevents of disks, interfaces, CPUs and memory that are plugged or unplugged, with the
 * serial number that the host assigned to a disk.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/uevent.h"

enum { EVENTS_MAX = 256 }; /* per reading */

static struct uevents uevents = { .fd = -1 };
static double added, removed, lost;
static struct series *added_series, *removed_series, *lost_series;

static void devices_close(void)
{
	uevents_close(&uevents);
}

static int devices_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	added = removed = lost = 0;
	if (*path_kernel_root() != '\0')
		return -ENOENT; /* recorded files contain no uevents */
	added_series = table_series(t, "device.added", "");
	removed_series = table_series(t, "device.removed", "");
	lost_series = table_series(t, "device.events_lost", "");
	if (!added_series || !removed_series || !lost_series)
		return -ENOSPC;
	return uevents_open(&uevents) < 0 ? -EOPNOTSUPP : 0;
}

/*
 * The serial number is beside the disk (virtio-blk, NVMe), below its device, or known only to
 * udevd.
 */
static void note_serial(const struct uevent *e, char *ret, size_t size)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/sys/block/%.60s/serial", e->name);
	procfile_word(path, ret, size);
	if (*ret)
		return;
	(void)snprintf(path, sizeof(path), "/sys/block/%.60s/device/serial", e->name);
	procfile_word(path, ret, size);
	if (!*ret)
		(void)snprintf(ret, size, "%s", e->serial);
}

static void count_device_event(struct table *t, const struct uevent *e)
{
	bool add = strcmp(e->action, "add") == 0, disk = strcmp(e->subsystem, "block") == 0;
	char text[NOTE_TEXT], id[64] = "";

	if (!add && strcmp(e->action, "remove") != 0)
		return;
	if (disk ? strcmp(e->type, "disk") != 0
	         : strcmp(e->subsystem, "net") != 0 && strcmp(e->subsystem, "cpu") != 0 &&
	                        strcmp(e->subsystem, "memory") != 0)
		return;
	if (disk && add)
		note_serial(e, id, sizeof(id));
	(void)snprintf(text, sizeof(text), "%s %.40s%s%s", disk ? "disk" : e->subsystem, e->name,
	        *id ? ", serial " : "", id);
	if (add)
		added++;
	else
		removed++;
	table_note(t, add ? added_series : removed_series, text);
}

static int devices_read(struct table *t)
{
	char buf[8192];
	int r = 1;

	for (int i = 0; i < EVENTS_MAX && r != 0; i++) {
		struct uevent e;

		r = uevents_read(&uevents, buf, sizeof(buf), &e);
		if (r > 0)
			count_device_event(t, &e);
		if (r == -ENOBUFS)
			lost++;
		else if (r < 0)
			break;
	}
	series_set(added_series, t, added);
	series_set(removed_series, t, removed);
	series_set(lost_series, t, lost);
	return r < 0 && r != -ENOBUFS ? r : 0;
}

static int devices_fd(void)
{
	return uevents.fd;
}

const struct collector devices_collector = {
	.name = "devices",
	.open = devices_open,
	.read = devices_read,
	.close = devices_close,
	.fd = devices_fd,
	.input = true,
};
