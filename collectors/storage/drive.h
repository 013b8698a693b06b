/* SPDX-License-Identifier: Apache-2.0 */
/* drive.h - health data of a drive: NVMe health log page, ATA SMART. */
#ifndef COLLECTORS_STORAGE_DRIVE_H
#define COLLECTORS_STORAGE_DRIVE_H

#include <stdint.h>

enum drive_kind { DRIVE_NVME, DRIVE_ATA };

enum drive_value {
	/* NVMe */
	DRIVE_WARNING, /* bits of the critical warning */
	DRIVE_WORN,    /* share of the rated endurance, 0 to 2.55 */
	DRIVE_SPARE,   /* remaining spare blocks, 0 to 1 */
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
	DRIVE_ON_S,        /* power-on time, at a resolution of one hour */
	DRIVE_IDENTITY,    /* hash of the serial number; not read from a page */
	DRIVE_FAILING,     /* the drive reports its own failure */
	DRIVE_VALUES
};

struct drive {
	double value[DRIVE_VALUES]; /* NAN: not reported */
};

enum { DRIVE_PAGE = 512 };

/* Parse pages as the drive sends them. -EBADMSG: not such a page. */
int drive_parse_nvme(const uint8_t page[static DRIVE_PAGE], struct drive *ret);
int drive_parse_ata(const uint8_t data[static DRIVE_PAGE],
        const uint8_t thresholds[static DRIVE_PAGE], struct drive *ret);

/*
 * Queries the drive behind a device node. May hang with the drive, so only a probe's child calls
 * it. -EAGAIN: the drive is in standby and is not woken up; -EOPNOTSUPP: no health data.
 */
int drive_ask(const char *node, enum drive_kind kind, struct drive *ret);

#endif
