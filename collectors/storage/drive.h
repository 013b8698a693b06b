/* SPDX-License-Identifier: Apache-2.0 */
/* drive.h - a drive's health data: NVMe's log page, ATA's SMART. */
#ifndef COLLECTORS_STORAGE_DRIVE_H
#define COLLECTORS_STORAGE_DRIVE_H

#include <stdint.h>

enum drive_kind { DRIVE_NVME, DRIVE_ATA };

enum drive_value {
	/* NVMe */
	DRIVE_WARNING, /* bits of its critical warning */
	DRIVE_WORN,    /* share of the rated endurance, 0 to 2.55 */
	DRIVE_SPARE,   /* left, 0 to 1 */
	DRIVE_MEDIA_ERRORS,
	DRIVE_UNSAFE_SHUTDOWNS,
	/* ATA: the raw values of attributes 5, 187, 188, 189, 196, 197, 198 */
	DRIVE_REALLOCATED,
	DRIVE_REPORTED,
	DRIVE_TIMEOUTS,
	DRIVE_HIGH_FLY,
	DRIVE_EVENTS,
	DRIVE_PENDING,
	DRIVE_UNCORRECTABLE,
	/* both */
	DRIVE_TEMPERATURE, /* degrees Celsius */
	DRIVE_ON_S,        /* switched on in its life, to the hour */
	DRIVE_IDENTITY,    /* hash of the serial number; not read from a page */
	DRIVE_FAILING,     /* it says so itself */
	DRIVE_VALUES
};

struct drive {
	double value[DRIVE_VALUES]; /* NAN: it does not say */
};

enum { DRIVE_PAGE = 512 };

/* The pages as they come from the drive.  -EBADMSG: no such page. */
int drive_parse_nvme(const uint8_t page[static DRIVE_PAGE], struct drive *ret);
int drive_parse_ata(const uint8_t data[static DRIVE_PAGE],
        const uint8_t thresholds[static DRIVE_PAGE], struct drive *ret);

/*
 * Asks the drive behind a device node.  May hang with it, so that only a probe's child calls this.  -EAGAIN:
 * the disk sleeps, and is left to; -EOPNOTSUPP: it has nothing to say.
 */
int drive_ask(const char *node, enum drive_kind kind, struct drive *ret);

#endif
