/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/storage/drive.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

static double read_little_endian(const uint8_t *p, int bytes)
{
	double v = 0;

	for (int i = bytes - 1; i >= 0; i--)
		v = v * 256 + p[i];
	return v;
}

static void clear_drive(struct drive *ret)
{
	for (int i = 0; i < DRIVE_VALUES; i++)
		ret->value[i] = NAN;
}

/* NVM Express 1.4, figure 194: SMART / Health Information. */
int drive_parse_nvme(const uint8_t page[static DRIVE_PAGE], struct drive *ret)
{
	double kelvin = read_little_endian(page + 1, 2);

	clear_drive(ret);
	if (kelvin == 0 && page[3] == 0 && page[4] == 0)
		return -EBADMSG; /* an emulated drive without this log answers with zeros */
	ret->value[DRIVE_WARNING] = page[0];
	ret->value[DRIVE_TEMPERATURE] = kelvin > 0 ? kelvin - 273 : NAN;
	ret->value[DRIVE_SPARE] = page[3] <= 100 ? page[3] / 100.0 : NAN;
	ret->value[DRIVE_WORN] = page[5] / 100.0;
	ret->value[DRIVE_ON_S] = read_little_endian(page + 128, 16) * 3600;
	ret->value[DRIVE_UNSAFE_SHUTDOWNS] = read_little_endian(page + 144, 16);
	ret->value[DRIVE_MEDIA_ERRORS] = read_little_endian(page + 160, 16);
	/*
	 * Bit 1 is temperature only; the others are spare, reliability, read-only, backup and
	 * memory region.
	 */
	ret->value[DRIVE_FAILING] = (page[0] & ~2U) != 0;
	return 0;
}

static bool sums_to_zero(const uint8_t page[static DRIVE_PAGE])
{
	uint8_t sum = 0;

	for (int i = 0; i < DRIVE_PAGE; i++)
		sum = (uint8_t)(sum + page[i]);
	return sum == 0;
}

static enum drive_value map_attribute(uint8_t id)
{
	switch (id) {
	case 5:
		return DRIVE_REALLOCATED;
	case 187:
		return DRIVE_REPORTED;
	case 188:
		return DRIVE_TIMEOUTS;
	case 189:
		return DRIVE_HIGH_FLY;
	case 196:
		return DRIVE_EVENTS;
	case 197:
		return DRIVE_PENDING;
	case 198:
		return DRIVE_UNCORRECTABLE;
	case 194:
		return DRIVE_TEMPERATURE;
	case 9:
		return DRIVE_ON_S;
	default:
		return DRIVE_VALUES;
	}
}

static uint8_t threshold_of(const uint8_t thresholds[static DRIVE_PAGE], uint8_t id)
{
	for (int i = 0; i < 30; i++)
		if (thresholds[2 + 12 * i] == id)
			return thresholds[2 + 12 * i + 1];
	return 0;
}

/*
 * ATA-3: table of 30 attributes of 12 bytes: id, flags (bit 0: pre-failure attribute), value,
 * worst, raw. A drive is failing if the value is at or below its threshold; 0 and 254 are not
 * thresholds.
 */
int drive_parse_ata(const uint8_t data[static DRIVE_PAGE],
        const uint8_t thresholds[static DRIVE_PAGE], struct drive *ret)
{
	clear_drive(ret);
	if (!sums_to_zero(data) || (data[0] == 0 && data[1] == 0))
		return -EBADMSG;
	ret->value[DRIVE_FAILING] = 0;
	for (int i = 0; i < 30; i++) {
		const uint8_t *a = data + 2 + 12 * i;
		enum drive_value v = map_attribute(a[0]);
		uint8_t limit = threshold_of(thresholds, a[0]);

		if (a[0] == 0)
			continue;
		/* The temperature is in the lowest byte; the bytes above hold its extremes. */
		if (v == DRIVE_TEMPERATURE)
			ret->value[v] = a[5];
		/* some drives store minutes and milliseconds above the lowest four bytes */
		else if (v == DRIVE_ON_S)
			ret->value[v] = read_little_endian(a + 5, 4) * 3600;
		else if (v != DRIVE_VALUES)
			ret->value[v] = read_little_endian(a + 5, 6);
		if ((a[1] & 1) && limit > 0 && limit < 254 && a[3] <= limit)
			ret->value[DRIVE_FAILING] = 1;
	}
	return 0;
}
