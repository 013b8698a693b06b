/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kmsg_match.h - matches a kernel message with the format string that printed it.
 *
 * A pattern begins where the message begins: a program's name or a device's product string further
 * on cannot pass for the words of a subsystem.
 */
#ifndef COLLECTORS_KERNEL_KMSG_MATCH_H
#define COLLECTORS_KERNEL_KMSG_MATCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True if the message begins as the pattern says: %d decimal number, %x hexadecimal number, %w word
 * (a device, a file, a function), %c a command name (anything of at most 15 bytes), <a|b> one of
 * these texts, * any text, $ the end of the message.  Everything else stands for itself.
 */
bool kmsg_match(const char *pattern, const char *message);

#endif
