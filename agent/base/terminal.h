/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - text from outside on its way to a terminal. */
#ifndef AGENT_BASE_TERMINAL_H
#define AGENT_BASE_TERMINAL_H

#include <jansson.h>
#include <stddef.h>

/* The text at key, "" without, in buf and cut to it; nothing in it can act on a terminal.  Returns buf. */
const char *terminal_text(const json_t *o, const char *key, char *buf, size_t size);

#endif
