/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/btf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/procfile.h"

enum { SIZE_MAX_BTF = 64 << 20 };

static int read_all(struct btf *b, int fd)
{
	size_t have = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)sizeof(struct btf_header) || st.st_size > SIZE_MAX_BTF)
		return -EBADMSG;
	b->size = (size_t)st.st_size;
	b->data = malloc(b->size);
	if (!b->data)
		return -ENOMEM;
	while (have < b->size) {
		ssize_t n = read(fd, b->data + have, b->size - have);

		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		have += (size_t)n;
	}
	return 0;
}

/* Are the two parts within what was read, and does the second end with a NUL? */
static int find_parts(struct btf *b)
{
	struct btf_header h;
	uint64_t types, strings;

	memcpy(&h, b->data, sizeof(h));
	types = (uint64_t)h.hdr_len + h.type_off;
	strings = (uint64_t)h.hdr_len + h.str_off;
	if (h.magic != BTF_MAGIC || types % 4 != 0 || types + h.type_len > b->size ||
	        strings + h.str_len > b->size || h.str_len == 0)
		return -EBADMSG;
	b->types = b->data + types;
	b->types_end = b->types + h.type_len;
	b->strings = b->data + strings;
	b->strings_end = b->strings + h.str_len;
	return b->strings_end[-1] == '\0' ? 0 : -EBADMSG;
}

int btf_open(struct btf *b)
{
	int fd = procfile_open("/sys/kernel/btf/vmlinux", O_RDONLY), r;

	*b = (struct btf){ 0 };
	if (fd < 0)
		return fd;
	r = read_all(b, fd);
	close(fd);
	if (r == 0)
		r = find_parts(b);
	if (r < 0)
		btf_close(b);
	return r;
}

void btf_close(struct btf *b)
{
	free(b->data);
	*b = (struct btf){ 0 };
}

/* What follows a type's head, by its kind; -1: a kind that is not known, beyond which nothing is. */
static long tail(const struct btf_type *t)
{
	long n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case 17: /* DECL_TAG */
		return 4;
	case BTF_KIND_ARRAY:
		return 12;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case 19: /* ENUM64 */
		return 12 * n;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return 8 * n;
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case 16: /* FLOAT */
	case 18: /* TYPE_TAG */
		return 0;
	default:
		return -1;
	}
}

static bool is_called(const struct btf *b, uint32_t at, const char *name)
{
	return at < (size_t)(b->strings_end - b->strings) && strcmp(b->strings + at, name) == 0;
}

/* The type of that kind and name, and its number. */
static const struct btf_type *find(
        const struct btf *b, unsigned kind, const char *name, uint32_t *ret_id)
{
	const char *s = b->types;

	for (uint32_t id = 1; b->types_end - s >= (long)sizeof(struct btf_type); id++) {
		const struct btf_type *t = (const struct btf_type *)(const void *)s;
		long more = tail(t);

		s += sizeof(*t);
		if (more < 0 || more > b->types_end - s)
			return NULL;
		s += more;
		if (BTF_INFO_KIND(t->info) == kind && is_called(b, t->name_off, name)) {
			*ret_id = id;
			return t;
		}
	}
	return NULL;
}

uint32_t btf_function(const struct btf *b, const char *name)
{
	uint32_t id = 0;

	return find(b, BTF_KIND_FUNC, name, &id) ? id : 0;
}

int btf_offset(const struct btf *b, const char *type, const char *member)
{
	uint32_t id;
	const struct btf_type *t = find(b, BTF_KIND_STRUCT, type, &id);
	const struct btf_member *m;

	if (!t)
		return -ENOENT;
	m = (const struct btf_member *)(const void *)(t + 1);
	for (unsigned i = 0; i < BTF_INFO_VLEN(t->info); i++) {
		uint32_t bits =
		        BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset) : m[i].offset;

		if (is_called(b, m[i].name_off, member))
			return bits % 8 == 0 && bits / 8 < 32768 ? (int)(bits / 8) : -ENOENT;
	}
	return -ENOENT;
}
