/* SPDX-License-Identifier: Apache-2.0 */
/* conf_lists.c - the memory of a conf: lists of hooks, signals and sources, and their strings. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf_internal.h"

/* A string, and those that were stored before it: the chain of an overlay ends in that of its base. */
struct conf_block {
	struct conf_block *next;
	size_t refs, size; /* confs and blocks that point to it; bytes */
	char data[];
};

void *conf_keep(struct conf *cf, const void *data, size_t n)
{
	struct conf_block *b = malloc(sizeof(*b) + n);

	if (!b)
		return NULL;
	*b = (struct conf_block){ .next = cf->block, .refs = 1, .size = n };
	cf->block = b;
	return memcpy(b->data, data, n);
}

int conf_keep_texts(struct conf *cf, const struct conf_text *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = texts[i].text;

		*texts[i].to = s && *s ? conf_keep(cf, s, strlen(s) + 1) : "";
		if (!*texts[i].to)
			return -ENOMEM;
	}
	return 0;
}

static void release_blocks(struct conf_block *b)
{
	while (b && --b->refs == 0) {
		struct conf_block *next = b->next;

		explicit_bzero(b->data, b->size);
		free(b);
		b = next;
	}
}

/*
 * Returns a copy of `from` with room for `max` elements, or NULL with *count = 0 if it is empty or memory is short.
 * Elements beyond *count are not touched: most guests have one or two of each.
 */
static void *copy_list(const void *from, unsigned *count, size_t max, size_t size)
{
	void *to = *count ? reallocarray(NULL, max, size) : NULL;

	if (to)
		return memcpy(to, from, *count * size);
	*count = 0;
	return NULL;
}

int conf_lists_copy(struct conf *ret, const struct conf *from)
{
	ret->hook = copy_list(from->hook, &ret->hook_count, HOOK_MAX, sizeof(*ret->hook));
	ret->target = copy_list(from->target, &ret->target_count, TARGET_MAX, sizeof(*ret->target));
	ret->given = copy_list(from->given, &ret->given_count, SOURCE_MAX, sizeof(*ret->given));
	ret->source = copy_list(from->source, &ret->source_count, SOURCE_MAX, sizeof(*ret->source));
	for (unsigned i = 0; i < ret->target_count; i++) {
		(void)json_incref(ret->target[i].input);
		(void)json_incref(ret->target[i].signal);
	}
	ret->occ = json_incref(from->occ);
	if (ret->block)
		ret->block->refs++;
	return ret->hook_count == from->hook_count && ret->target_count == from->target_count &&
	                       ret->given_count == from->given_count &&
	                       ret->source_count == from->source_count
	               ? 0
	               : -ENOMEM;
}

static void wipe_list(void *list, size_t size)
{
	if (list)
		explicit_bzero(list, size);
	free(list);
}

void conf_free(struct conf *cf)
{
	for (unsigned i = 0; i < cf->target_count; i++) {
		json_decref(cf->target[i].input);
		json_decref(cf->target[i].signal);
	}
	free(cf->hook);
	wipe_list(cf->target, cf->target_count * sizeof(*cf->target));
	wipe_list(cf->given, cf->given_count * sizeof(*cf->given));
	wipe_list(cf->source, cf->source_count * sizeof(*cf->source));
	json_decref(cf->occ);
	release_blocks(cf->block);
	explicit_bzero(cf, sizeof(*cf));
}
