/* SPDX-License-Identifier: Apache-2.0 */
/* drive_query.c - queries drives: admin commands for NVMe, ATA pass-through (SG_IO) for ATA. */
#include <errno.h>
#include <fcntl.h>
#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "collectors/storage/drive.h"

enum {
	TIMEOUT_MS = 5000,
	NVME_GET_LOG = 0x02,
	NVME_SET_FEATURES = 0x09,
	NVME_GET_FEATURES = 0x0a,
	NVME_HEALTH = 0x02,   /* the log page */
	NVME_EVENTS = 0x0b,   /* feature: which events the controller reports */
	NVME_WARNINGS = 0x1f, /* event bits of the critical warning */
	ATA_PASS_THROUGH_16 = 0x85,
	ATA_CHECK_POWER = 0xe5,
	ATA_SMART = 0xb0,
	SMART_DATA = 0xd0,
	SMART_THRESHOLDS = 0xd1,
	NO_DATA = 3 << 1, /* protocols of a passed-through command */
	PIO_IN = 4 << 1,
	SENSE = 32,
};

/*
 * Enables events for the critical warning. Linux leaves them disabled (and disables them if the
 * drive supports other events); it forwards an event and leaves reading the log to user space. The
 * setting lasts until the controller is reset. A drive that rejects it is still polled.
 */
static void enable_nvme_events(int fd)
{
	struct nvme_admin_cmd c = {
		.opcode = NVME_GET_FEATURES, .cdw10 = NVME_EVENTS, .timeout_ms = TIMEOUT_MS
	};

	if (ioctl(fd, NVME_IOCTL_ADMIN_CMD, &c) != 0 || (c.result & NVME_WARNINGS) == NVME_WARNINGS)
		return;
	c.opcode = NVME_SET_FEATURES;
	c.cdw11 = c.result | NVME_WARNINGS;
	(void)ioctl(fd, NVME_IOCTL_ADMIN_CMD, &c);
}

/* Reads the log last: reading it re-arms the event. */
static int query_nvme(int fd, struct drive *ret)
{
	_Alignas(4096) uint8_t page[DRIVE_PAGE] = { 0 };
	struct nvme_admin_cmd c = { .opcode = NVME_GET_LOG,
		.nsid = 0xffffffff, /* the controller, not a namespace */
		.addr = (uint64_t)(uintptr_t)page,
		.data_len = sizeof(page),
		.cdw10 = NVME_HEALTH | (sizeof(page) / 4 - 1) << 16,
		.timeout_ms = TIMEOUT_MS };
	int r;

	enable_nvme_events(fd);
	r = ioctl(fd, NVME_IOCTL_ADMIN_CMD, &c);
	if (r != 0)
		return r < 0 ? -errno : -EOPNOTSUPP;
	return drive_parse_nvme(page, ret);
}

/* `page` NULL: a command without data, whose registers are returned in `sense`. */
static int send_ata_command(
        int fd, uint8_t command, uint8_t feature, uint8_t *page, uint8_t sense[static SENSE])
{
	uint8_t cdb[16] = { ATA_PASS_THROUGH_16, page ? PIO_IN : NO_DATA,
		page ? 0x0e : 0x20, /* one block from the device, or: return the registers */
		0, feature, 0, page ? 1 : 0, 0, 0, 0, 0x4f, 0, 0xc2, 0, command, 0 };
	struct sg_io_hdr io = { .interface_id = 'S',
		.dxfer_direction = page ? SG_DXFER_FROM_DEV : SG_DXFER_NONE,
		.cmd_len = sizeof(cdb),
		.mx_sb_len = SENSE,
		.dxfer_len = page ? DRIVE_PAGE : 0,
		.dxferp = page,
		.cmdp = cdb,
		.sbp = sense,
		.timeout = TIMEOUT_MS };

	memset(sense, 0, SENSE);
	if (ioctl(fd, SG_IO, &io) < 0)
		return -errno;
	if (page && (io.status != 0 || io.host_status != 0 || io.resid != 0))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * The sector count register is 0 in standby (the disk would have to spin up) and 0xff or another
 * value when active.
 */
static bool is_drive_asleep(int fd)
{
	uint8_t sense[SENSE];

	/*
	 * Descriptor 9 of the sense data has the registers; a disk that rejects the command counts
	 * as active.
	 */
	return send_ata_command(fd, ATA_CHECK_POWER, 0, NULL, sense) == 0 && sense[8] == 0x09 &&
	       sense[13] == 0;
}

static int query_ata(int fd, struct drive *ret)
{
	uint8_t data[DRIVE_PAGE], thresholds[DRIVE_PAGE] = { 0 }, sense[SENSE];
	int r;

	if (is_drive_asleep(fd))
		return -EAGAIN;
	r = send_ata_command(fd, ATA_SMART, SMART_DATA, data, sense);
	if (r < 0)
		return r;
	if (send_ata_command(fd, ATA_SMART, SMART_THRESHOLDS, thresholds, sense) < 0)
		memset(thresholds, 0, sizeof(thresholds));
	return drive_parse_ata(data, thresholds, ret);
}

int drive_ask(const char *node, enum drive_kind kind, struct drive *ret)
{
	/* O_NONBLOCK: do not wait for a drive that is not ready, and do not spin it up. */
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = kind == DRIVE_NVME ? query_nvme(fd, ret) : query_ata(fd, ret);
	close(fd);
	return r;
}
