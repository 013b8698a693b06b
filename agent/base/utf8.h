/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - names and paths of a guest are bytes; logs, JSON and Prometheus want characters. */
#ifndef AGENT_BASE_UTF8_H
#define AGENT_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the UTF-8 character at s, 0 when there is none: what is cut short, too long for its
 * value, a surrogate or beyond Unicode is none.  A NUL ends it like any other wrong byte.
 */
size_t utf8_char(const char *s, uint32_t *ret_point);

#endif
