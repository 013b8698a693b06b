/* SPDX-License-Identifier: Apache-2.0 */
/* btf.h - where the running kernel keeps things, as it says itself in /sys/kernel/btf/vmlinux. */
#ifndef COLLECTORS_BTF_H
#define COLLECTORS_BTF_H

#include <stddef.h>
#include <stdint.h>

struct btf {
	char *data;
	size_t size;
	const char *types, *types_end, *strings, *strings_end;
};

int btf_open(struct btf *b); /* 0 or -errno; takes memory (5 MB) until btf_close() */
void btf_close(struct btf *b);

/* The number of a function's type; 0: there is none. */
uint32_t btf_function(const struct btf *b, const char *name);

/* Bytes from the beginning of a struct to a member; -ENOENT. */
int btf_offset(const struct btf *b, const char *type, const char *member);

#endif
