/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btf.h - offsets of struct members in the running kernel, from /sys/kernel/btf/vmlinux.
 *
 * The file has 5 MB of types and their names. One pass, a page at a time, finds all wanted names:
 * the whole file would take more memory than the rest of the agent.
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
	int offset[BTF_NAMES]; /* bytes from the beginning of the struct; -ENOENT: not found */
};

/*
 * Looks for all wanted names in a BTF file. Returns 0 or -errno; -EBADMSG if it is truncated or not
 * a BTF file.
 */
int btf_find(int fd, struct btf_wanted *w);

#endif
