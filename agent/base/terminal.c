/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/terminal.h"

#include <stdio.h>

const char *terminal_text(const json_t *o, const char *key, char *buf, size_t size)
{
	const char *s = json_string_value(json_object_get(o, key));

	(void)snprintf(buf, size, "%s", s ? s : "");
	for (char *c = buf; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = '?';
	return buf;
}
