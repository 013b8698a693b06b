/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smart.c - health of drives that belong to the guest: passed through, or NVMe. A child process
 * reads each drive rarely, because a hanging drive may hang the reader, and never while the drive
 * is in standby. A change of an NVMe drive's critical warning, and a drive that appears or
 * disappears, cause a reading at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/probe.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/uevent.h"
#include "collectors/storage/drive.h"

enum {
	DRIVES_MAX = 16,
	NVME_MS = 60000,
	ATA_MS = 600000,
	SCAN_MS = 60000,
	EVENT_MIN_MS = 100, /* minimum interval after an event, for a drive that sends many */
	TIMEOUT_MS = 30000,
	EVENTS_MAX = 256, /* per reading */
};

static const char *const names[DRIVE_VALUES] = { [DRIVE_WARNING] = "nvme.critical_warning",
	[DRIVE_WORN] = "nvme.worn.used_ratio",
	[DRIVE_SPARE] = "nvme.spare_ratio",
	[DRIVE_MEDIA_ERRORS] = "nvme.media_errors",
	[DRIVE_UNSAFE_SHUTDOWNS] = "nvme.unsafe_shutdowns",
	[DRIVE_REALLOCATED] = "smart.reallocated",
	[DRIVE_REPORTED] = "smart.reported_uncorrectable",
	[DRIVE_TIMEOUTS] = "smart.command_timeouts",
	[DRIVE_HIGH_FLY] = "smart.high_fly_writes",
	[DRIVE_EVENTS] = "smart.reallocation_events",
	[DRIVE_PENDING] = "smart.pending",
	[DRIVE_UNCORRECTABLE] = "smart.offline_uncorrectable",
	[DRIVE_TEMPERATURE] = "drive.temperature_c",
	[DRIVE_ON_S] = "drive.on_s",
	[DRIVE_IDENTITY] = "drive.identity",
	[DRIVE_FAILING] = "drive.failing" };

static struct watched {
	char name[32]; /* "" = free */
	enum drive_kind kind;
	bool seen, unsupported; /* unsupported: the drive has no health data */
	struct probe probe;
	uint64_t next_ms, read_ms;
	struct series *series[DRIVE_VALUES]; /* NULL: not of this kind */
} drives[DRIVES_MAX];

static struct uevents uevents = { .fd = -1 };
static uint64_t next_scan_ms;

static void release_drive(struct watched *w, bool gone)
{
	for (int i = 0; gone && i < DRIVE_VALUES; i++)
		if (w->series[i])
			series_drop(w->series[i]);
	probe_stop(&w->probe);
	w->name[0] = '\0';
}

static void smart_close(void)
{
	for (struct watched *w = drives; w < drives + DRIVES_MAX; w++)
		if (*w->name)
			release_drive(w, false);
	uevents_close(&uevents);
}

/*
 * True for "nvme0n1", a namespace; not for a path of a multipath device (nvme0c0n1) or a partition.
 */
static bool is_nvme(const char *name)
{
	unsigned a, b;
	char rest;

	return sscanf(name, "nvme%un%u%c", &a, &b, &rest) == 2;
}

static bool is_ata(const char *name)
{
	char path[96], vendor[32];

	if (strncmp(name, "sd", 2) != 0)
		return false;
	(void)snprintf(path, sizeof(path), "/sys/block/%.32s/device/vendor", name);
	procfile_word(path, vendor, sizeof(vendor));
	return strcmp(vendor, "ATA") == 0;
}

static bool has_value(enum drive_value v, enum drive_kind kind)
{
	return v >= DRIVE_TEMPERATURE || (v < DRIVE_REALLOCATED) == (kind == DRIVE_NVME);
}

static void open_smart(struct table *t, struct watched *w, const char *name, enum drive_kind kind)
{
	*w = (struct watched){ .kind = kind, .seen = true };
	for (int i = 0; i < DRIVE_VALUES; i++) {
		w->series[i] = has_value((enum drive_value)i, kind)
		                       ? table_series(t, names[i], name)
		                       : NULL;
		if (has_value((enum drive_value)i, kind) && !w->series[i])
			return;
	}
	memcpy(w->name, name, strlen(name) + 1);
}

static bool visit_drive(const char *name, void *arg)
{
	bool nvme = is_nvme(name);
	struct watched *slot = NULL;

	if (strlen(name) >= sizeof(slot->name) || (!nvme && !is_ata(name)))
		return true;
	for (struct watched *w = drives; w < drives + DRIVES_MAX; w++) {
		if (strcmp(w->name, name) == 0) {
			w->seen = true;
			return true;
		}
		if (!*w->name && !slot)
			slot = w;
	}
	if (slot)
		open_smart(arg, slot, name, nvme ? DRIVE_NVME : DRIVE_ATA);
	/*
	 * without a free slot, the drives that are already watched still have to be marked as seen
	 */
	return true;
}

static int rescan_drives(struct table *t)
{
	int r;

	for (struct watched *w = drives; w < drives + DRIVES_MAX; w++)
		w->seen = false;
	r = procfile_list("/sys/block", visit_drive, t);
	for (struct watched *w = drives; w < drives + DRIVES_MAX && r == 0; w++)
		if (*w->name && !w->seen)
			release_drive(w, true);
	return r;
}

static int smart_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	(void)t;
	next_scan_ms = 0;
	if (!procfile_exists("/sys/block"))
		return -ENOENT;
	if (*path_kernel_root() == '\0')
		(void)uevents_open(&uevents); /* without events, the regular scan finds changes */
	return 0;
}

struct question {
	char node[PATH_MAX];
	enum drive_kind kind;
};

/*
 * The child reports a failure of the query as an answer: a failure of the child itself has other
 * causes.
 */
struct answer {
	int error;
	struct drive drive;
};

/* Runs in the child. */
static int query_smart(const void *arg, void *ret)
{
	const struct question *q = arg;
	struct answer a = { 0 };

	a.error = drive_ask(q->node, q->kind, &a.drive);
	memcpy(ret, &a, sizeof(a));
	return 0;
}

/* Returns the FNV-1a hash of the drive's world-wide name; NAN without one. */
static double hash_drive_identity(const struct watched *w)
{
	char path[96], text[256];
	auto_fd int fd = -1;
	uint32_t sum = 2166136261U;
	int n;

	(void)snprintf(path, sizeof(path), "/sys/block/%s/%swwid", w->name,
	        w->kind == DRIVE_NVME ? "" : "device/");
	fd = procfile_open(path, O_RDONLY);
	n = fd < 0 ? 0 : procfile_read(fd, text, sizeof(text));
	for (int i = 0; i < n; i++)
		sum = (sum ^ (uint8_t)text[i]) * 16777619U;
	return n > 1 ? (double)sum : NAN;
}

static void set_smart_values(const struct watched *w, const struct table *t, const struct drive *d)
{
	for (int i = 0; i < DRIVE_VALUES; i++)
		if (w->series[i])
			series_set(w->series[i], t, d ? d->value[i] : NAN);
}

static void read_drive(struct watched *w, const struct table *t)
{
	struct question q = { .kind = w->kind };
	struct answer a;

	switch (probe_look(&w->probe, t->now_ms, TIMEOUT_MS, &a, sizeof(a))) {
	case PROBE_DONE:
		a.drive.value[DRIVE_IDENTITY] = hash_drive_identity(w);
		if (a.error != -EAGAIN) /* standby: keep the last values */
			set_smart_values(w, t, a.error == 0 ? &a.drive : NULL);
		w->unsupported = a.error == -EOPNOTSUPP || a.error == -EBADMSG ||
		                 a.error == -ENOTTY || a.error == -EACCES || a.error == -EPERM;
		break;
	case PROBE_FAILED:
	case PROBE_HANGS:
		set_smart_values(w, t, NULL);
		break;
	default:
		break;
	}
	if (w->unsupported || w->probe.pid || t->now_ms < w->next_ms)
		return;
	w->read_ms = t->now_ms;
	w->next_ms = t->now_ms + (w->kind == DRIVE_NVME ? NVME_MS : ATA_MS);
	if (snprintf(q.node, sizeof(q.node), "%s/dev/%s", path_kernel_root(), w->name) <
	        (int)sizeof(q.node))
		(void)probe_start(&w->probe, t->now_ms, query_smart, &q, sizeof(a));
}

/* Schedules a reading after an event of a controller: "nvme0" is the controller of "nvme0n1". */
static void schedule_drive_read(const char *controller)
{
	size_t n = strlen(controller);

	for (struct watched *w = drives; w < drives + DRIVES_MAX; w++)
		if (n > 0 && strncmp(w->name, controller, n) == 0 && w->name[n] == 'n')
			w->next_ms = w->read_ms + EVENT_MIN_MS;
}

static void read_drive_events(void)
{
	char buf[8192];
	struct uevent e;
	int r = uevents.fd < 0 ? 0 : 1;

	for (int i = 0; i < EVENTS_MAX && (r > 0 || r == -ENOBUFS); i++) {
		r = uevents_read(&uevents, buf, sizeof(buf), &e);
		if (r == -ENOBUFS)
			next_scan_ms = 0;
		if (r <= 0)
			continue;
		if (*e.nvme)
			schedule_drive_read(e.name);
		if (strcmp(e.subsystem, "block") == 0 && strcmp(e.type, "disk") == 0 &&
		        strcmp(e.action, "change") != 0)
			next_scan_ms = 0;
	}
}

static int smart_read(struct table *t)
{
	int r = 0;

	read_drive_events();
	if (t->now_ms >= next_scan_ms) {
		r = rescan_drives(t);
		next_scan_ms = t->now_ms + SCAN_MS;
	}
	for (struct watched *w = drives; w < drives + DRIVES_MAX; w++)
		if (*w->name)
			read_drive(w, t);
	return r;
}

static int smart_fd(void)
{
	return uevents.fd;
}

const struct collector smart_collector = {
	.name = "smart",
	.open = smart_open,
	.read = smart_read,
	.close = smart_close,
	.fd = smart_fd,
	.input = true,
};
