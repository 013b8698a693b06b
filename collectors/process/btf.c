/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/process/btf.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Reads are a page at a time, and every wanted name is shorter than half a page. */
enum { WINDOW = 4096, SHORT = WINDOW / 2 };

/* A section of the file, and the bytes of it that are in memory. */
struct window {
	int fd, error;
	uint64_t at, end; /* file offset of the next byte; end of the section */
	const char *next;
	size_t have;
	_Alignas(8) char buf[2 * WINDOW];
};

/*
 * Returns at least `n` bytes (up to a page) from here; NULL at the end of the section, or after a
 * read error, which is in `error`.
 */
static const char *peek_window(struct window *w, size_t n)
{
	if (w->have >= n)
		return w->next;
	if (w->end - w->at < n)
		return NULL;
	memmove(w->buf, w->next, w->have);
	w->next = w->buf;
	while (w->have < n) {
		ssize_t got = pread(w->fd, w->buf + w->have, WINDOW, (off_t)(w->at + w->have));

		if (got <= 0) {
			w->error = got < 0 ? -errno : -EBADMSG;
			return NULL;
		}
		w->have += (size_t)got;
	}
	return w->next;
}

static void skip_window(struct window *w, uint64_t n)
{
	w->at += n;
	w->next += n < w->have ? n : w->have;
	w->have -= n < w->have ? n : w->have;
}

static void select_window_part(struct window *w, uint64_t from, uint64_t size)
{
	w->at = from;
	w->end = from + size;
	w->next = w->buf;
	w->have = 0;
}

static void compare_btf_name(struct btf_name *n, const char *s, uint32_t at)
{
	if (n->name && *n->name == *s && strcmp(n->name, s) == 0)
		n->at = at;
}

/* Finds the string offset of each wanted name; the compiler writes each string once. */
static void find_names(struct window *w, struct btf_wanted *ret)
{
	const uint64_t from = w->at;
	bool begins = true; /* false: in the middle of a long string */

	while (w->at < w->end) {
		size_t room = w->end - w->at < SHORT ? w->end - w->at : SHORT;
		const char *s = peek_window(w, room), *end = s ? memchr(s, '\0', room) : NULL;
		const uint32_t at = (uint32_t)(w->at - from);

		if (!s)
			return;
		if (begins && end) {
			compare_btf_name(&ret->type, s, at);
			compare_btf_name(&ret->function, s, at);
			for (unsigned i = 0; i < ret->count; i++)
				compare_btf_name(&ret->member[i], s, at);
		}
		begins = end != NULL;
		skip_window(w, end ? (uint64_t)(end - s) + 1 : room);
	}
}

/*
 * Returns the number of bytes that follow a type's header; -1 for an unknown kind, which ends the
 * parsing.
 */
static long type_tail_bytes(const struct btf_type *t)
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

/* Reads the members of the struct whose header was skipped. */
static void find_members(struct window *w, uint32_t info, struct btf_wanted *ret)
{
	struct btf_member m;

	for (unsigned n = BTF_INFO_VLEN(info); n > 0; n--) {
		const char *s = peek_window(w, sizeof(m));
		uint32_t bits;

		if (!s)
			return;
		memcpy(&m, s, sizeof(m));
		skip_window(w, sizeof(m));
		bits = BTF_INFO_KFLAG(info) ? BTF_MEMBER_BIT_OFFSET(m.offset) : m.offset;
		for (unsigned i = 0; i < ret->count; i++)
			if (ret->member[i].at && ret->member[i].at == m.name_off && bits % 8 == 0 &&
			        bits / 8 < 32768)
				ret->offset[i] = (int)(bits / 8);
	}
}

static void find_types(struct window *w, struct btf_wanted *ret)
{
	bool found = false;

	for (uint32_t id = 1; !found || !ret->function_id; id++) {
		const char *s = peek_window(w, sizeof(struct btf_type));
		struct btf_type t;
		long more;

		if (!s)
			return;
		memcpy(&t, s, sizeof(t));
		more = type_tail_bytes(&t);
		skip_window(w, sizeof(t));
		if (more < 0 || (uint64_t)more > w->end - w->at)
			return;
		if (BTF_INFO_KIND(t.info) == BTF_KIND_STRUCT && !found && ret->type.at &&
		        t.name_off == ret->type.at) {
			find_members(w, t.info, ret);
			found = true;
			continue;
		}
		if (BTF_INFO_KIND(t.info) == BTF_KIND_FUNC && ret->function.at &&
		        t.name_off == ret->function.at)
			ret->function_id = id;
		skip_window(w, (uint64_t)more);
	}
}

int btf_find(int fd, struct btf_wanted *ret)
{
	struct window w = { .fd = fd };
	struct btf_header h;
	const char *s;

	ret->function_id = 0;
	for (unsigned i = 0; i < ret->count; i++)
		ret->offset[i] = -ENOENT;
	select_window_part(&w, 0, sizeof(h));
	s = peek_window(&w, sizeof(h));
	if (!s)
		return w.error;
	memcpy(&h, s, sizeof(h));
	if (h.magic != BTF_MAGIC)
		return -EBADMSG;
	select_window_part(&w, (uint64_t)h.hdr_len + h.str_off, h.str_len);
	find_names(&w, ret);
	select_window_part(&w, (uint64_t)h.hdr_len + h.type_off, h.type_len);
	if (w.error == 0)
		find_types(&w, ret);
	return w.error;
}
