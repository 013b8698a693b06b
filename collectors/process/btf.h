/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btf.h - where the running kernel keeps things, as it says itself in /sys/kernel/btf/vmlinux.
 *
 * That is 5 MB of types and their names.  It is read once through, a page at a time, for all that is wanted of
 * it: kept as a whole it would be more memory than all of the agent.
 */
#ifndef COLLECTORS_PROCESS_BTF_H
#define COLLECTORS_PROCESS_BTF_H

#include <stdint.h>

enum { BTF_NAMES = 16 };

struct btf_name {
	const char *name;
	uint32_t at; /* offset of the name; 0: none */
};

struct btf_wanted {
	struct btf_name type, function;
	unsigned count;
	struct btf_name member[BTF_NAMES]; /* of the struct `type` */

	uint32_t function_id;  /* the number of the function's type; 0: not found */
	int offset[BTF_NAMES]; /* found: bytes from the struct's beginning; -ENOENT */
};

/*
 * Looks for all wanted names in a BTF file. Returns 0 or -errno; -EBADMSG: not a BTF file, or
 * truncated.
 */
int btf_find(int fd, struct btf_wanted *w);

#endif
