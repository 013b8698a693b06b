/* SPDX-License-Identifier: Apache-2.0 */
/* smart.c - pages as drives give them, and ones that no drive should. */
#include "tests/unit/lib/collector_rig.h"

#include <time.h>

#include "collectors/storage/drive.h"

TEST(an_nvme_drive_is_read_and_heat_alone_is_no_failure)
{
	uint8_t page[DRIVE_PAGE] = { 0x02, 0x43, 0x01, 100, 10,
		5 }; /* hot; 323 K; all spare; 5 % worn */
	struct drive d;

	page[128] = 0x10;
	page[129] = 0x27;
	page[144] = 7;
	page[160] = 3;
	page[161] = 1;
	assert_int_equal(drive_parse_nvme(page, &d), 0);
	assert_near(d.value[DRIVE_TEMPERATURE], 50);
	assert_near(d.value[DRIVE_SPARE], 1);
	assert_near(d.value[DRIVE_WORN], 0.05);
	assert_near(d.value[DRIVE_UNSAFE_SHUTDOWNS], 7);
	assert_near(d.value[DRIVE_ON_S], 10000 * 3600.0);
	assert_near(d.value[DRIVE_MEDIA_ERRORS], 259);
	assert_near(d.value[DRIVE_WARNING], 2);
	assert_near(d.value[DRIVE_FAILING], 0);
	assert_true(isnan(d.value[DRIVE_PENDING]));
	page[0] = 0x04; /* reliability is degraded */
	assert_int_equal(drive_parse_nvme(page, &d), 0);
	assert_near(d.value[DRIVE_FAILING], 1);
	page[3] = 200;
	assert_int_equal(drive_parse_nvme(page, &d), 0);
	assert_true(isnan(d.value[DRIVE_SPARE]));
	memset(page, 0, sizeof(page));
	assert_int_equal(drive_parse_nvme(page, &d), -EBADMSG);
}

static void attribute(uint8_t *page, int i, uint8_t id, uint8_t flags, uint8_t value, unsigned raw)
{
	uint8_t *a = page + 2 + 12 * i;

	a[0] = id;
	a[1] = flags;
	a[3] = value;
	a[5] = (uint8_t)raw;
	a[6] = (uint8_t)(raw >> 8);
	a[10] = 0;
}

static void seal(uint8_t *page)
{
	uint8_t sum = 0;

	page[511] = 0;
	for (int i = 0; i < 511; i++)
		sum = (uint8_t)(sum + page[i]);
	page[511] = (uint8_t)-sum;
}

TEST(ata_drive_is_read_by_attributes_and_thresholds)
{
	uint8_t page[DRIVE_PAGE] = { 1 }, limits[DRIVE_PAGE] = { 1 };
	struct drive d;

	attribute(page, 0, 5, 1, 100, 300);
	attribute(page, 3, 197, 0, 90, 8);
	attribute(page, 29, 194, 0, 60, 0x1722); /* 34 degrees, and 23 at the least */
	attribute(page, 28, 9, 0, 60, 20000);
	page[2 + 12 * 28 + 10] = 0x7f; /* above four bytes: not hours */
	limits[2] = 5;
	limits[3] = 36;
	seal(page);
	assert_int_equal(drive_parse_ata(page, limits, &d), 0);
	assert_near(d.value[DRIVE_REALLOCATED], 300);
	assert_near(d.value[DRIVE_PENDING], 8);
	assert_near(d.value[DRIVE_ON_S], 20000 * 3600.0);
	assert_near(d.value[DRIVE_TEMPERATURE], 34);
	assert_true(isnan(d.value[DRIVE_REPORTED])); /* it has no such attribute, which is not 0 */
	assert_near(d.value[DRIVE_FAILING], 0);
	attribute(page, 0, 5, 1, 36, 4000);
	seal(page);
	assert_int_equal(drive_parse_ata(page, limits, &d), 0);
	assert_near(d.value[DRIVE_FAILING], 1);
	attribute(page, 0, 5, 0, 36, 4000); /* one that tells of age only */
	seal(page);
	assert_int_equal(drive_parse_ata(page, limits, &d), 0);
	assert_near(d.value[DRIVE_FAILING], 0);
	page[40]++; /* no longer the drive's answer */
	assert_int_equal(drive_parse_ata(page, limits, &d), -EBADMSG);
	memset(page, 0, sizeof(page));
	assert_int_equal(drive_parse_ata(page, limits, &d), -EBADMSG);
}

TEST(false_drives_are_probed_without_harm)
{
	guest_put("/sys/block/nvme0n1/size", "1\n");
	guest_put("/sys/block/nvme0c0n1/size", "1\n");
	guest_put("/sys/block/sda/device/vendor", "ATA     \n");
	guest_put("/sys/block/sdb/device/vendor", "QEMU    \n");
	guest_put("/sys/block/vda/device/vendor", "0x1af4\n");
	guest_put("/dev/nvme0n1", "no device");
	guest_put("/dev/sda", "no device");
	begin("smart");
	expect("", "nvme.media_errors[nvme0n1] present, nvme.media_errors[nvme0c0n1] absent");
	expect("", "smart.pending[sda] present, smart.pending[nvme0n1] absent");
	expect("", "smart.pending[sdb] absent, drive.failing[vda] absent");
	for (int i = 0; i < 20; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
		tick();
	}
	expect("", "drive.failing[sda] unknown, drive.failing[nvme0n1] unknown");
	assert_int_equal(runner.run[0].failures, 0);
}
