/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - arbitrary bytes in place of kernel and device data: each reader returns a number or
 * unknown, and never reads beyond the end.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collectors/kernel/kmsg_class.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/uevent.h"
#include "collectors/process/btf.h"
#include "collectors/process/task.h"
#include "collectors/storage/drive.h"
#include "collectors/storage/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Messages and pages, which are not text: in memory of just their size. */
static void binary(const uint8_t *data, size_t size)
{
	uint8_t page[2 * DRIVE_PAGE] = { 0 };
	char *copy = malloc(size + 1);
	struct uevent e;
	struct drive d;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (size > 0 && uevent_parse(copy, size, &e) && strlen(e.name) >= size)
		abort();
	free(copy);
	memcpy(page, data, size < sizeof(page) ? size : sizeof(page));
	if (drive_parse_nvme(page, &d) == 0 && !(d.value[DRIVE_WORN] >= 0))
		abort();
	(void)drive_parse_ata(page, page + DRIVE_PAGE, &d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btf_wanted w = {
		.type.name = "a", .function.name = "b", .count = 1, .member[0].name = "c"
	};
	struct task k;
	char text[4096];
	struct mount m[MOUNTS_MAX], one;
	int fd = memfd_create("fuzz", MFD_CLOEXEC), n;
	double v;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (btf_find(fd, &w) == 0 && w.offset[0] >= 0 && w.type.at == 0)
		abort();
	n = procfile_read(fd, text, sizeof(text));
	if (n >= 0) {
		v = procfile_number(text, "avg10=");
		if (!isnan(v) && v < 0)
			abort();
		if (kmsg_classify(text) > KMSG_OTHER)
			abort();
		if (task_parse(text, &k) && (!memchr(k.comm, '\0', sizeof(k.comm)) || k.pid < 0))
			abort();
		if (mount_parse(text, &one) && one.path[0] == '\0')
			abort();
	}
	binary(data, size);
	n = mounts_read(fd, m);
	for (int i = 0; i < n; i++)
		if (!memchr(m[i].path, '\0', sizeof(m[i].path)))
			abort();
	close(fd);
	return 0;
}
