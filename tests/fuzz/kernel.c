/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.c - any bytes as kernel text: a ratio within 0 and 1, or unknown. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "collectors/mounts.h"
#include "collectors/procfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[4096];
	struct mount m[MOUNTS_MAX], one;
	int fd = memfd_create("fuzz", MFD_CLOEXEC), n;
	double v;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	n = procfile_read(fd, text, sizeof(text));
	if (n >= 0) {
		v = procfile_number(text, "avg10=");
		if (!isnan(v) && v < 0)
			abort();
		if (mount_parse(text, &one) && one.path[0] == '\0')
			abort();
	}
	n = mounts_read(fd, m);
	for (int i = 0; i < n; i++)
		if (!memchr(m[i].path, '\0', sizeof(m[i].path)))
			abort();
	close(fd);
	return 0;
}
