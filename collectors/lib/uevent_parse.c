/* SPDX-License-Identifier: Apache-2.0 */
/* uevent_parse.c - parses a uevent of the kernel. */
#include "agent/base/text.h"
#include "collectors/lib/uevent.h"

#include <string.h>

bool uevent_parse(char *buf, size_t len, struct uevent *ret)
{
	static const struct {
		const char *key;
		size_t at;
	} keys[] = { { "ACTION=", offsetof(struct uevent, action) },
		{ "SUBSYSTEM=", offsetof(struct uevent, subsystem) },
		{ "DEVTYPE=", offsetof(struct uevent, type) },
		{ "DEVNAME=", offsetof(struct uevent, name) },
		{ "INTERFACE=", offsetof(struct uevent, name) },
		{ "NVME_AEN=", offsetof(struct uevent, nvme) } };

	*ret = (struct uevent){ "", "", "", "", "", "" };
	if (len == 0 || buf[len - 1] != '\0' || !strchr(buf, '@'))
		return false;
	for (const char *s = buf + strlen(buf) + 1; s < buf + len; s += strlen(s) + 1) {
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t n = strlen(keys[i].key);

			if (strncmp(s, keys[i].key, n) == 0)
				*(const char **)(void *)((char *)ret + keys[i].at) = s + n;
		}
	}
	return *ret->action && *ret->subsystem;
}
