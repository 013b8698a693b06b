/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/system.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/base/clean.h"

const char *boot_id(void)
{
	/* Not below the sysroot: processes and clocks belong to the running kernel. */
	static char id[BOOT_ID];

	if (!*id) {
		auto_fd int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, id, sizeof(id) - 1);

		id[n > 0 ? n : 0] = '\0';
		id[strcspn(id, "\n")] = '\0';
	}
	return id;
}

double random_unit(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = 0; /* does not happen for so few bytes */
	return n / 4294967296.0;
}
