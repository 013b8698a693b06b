/* SPDX-License-Identifier: Apache-2.0 */
/* conf_lists.c - copies and frees the lists of hooks, signals and sources. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/conf_hook.h"

static int hook_copy(struct hook *ret, const struct hook *from)
{
	size_t n = 0;

	*ret = *from;
	while (from->subkey[n])
		n++;
	ret->subkey = calloc(n + 1, sizeof(*ret->subkey));
	ret->name = strdup(from->name);
	ret->where = strdup(from->where);
	ret->path = strdup(from->path);
	ret->resource = strdup(from->resource);
	ret->action = strdup(from->action);
	ret->runas = strdup(from->runas);
	ret->clears = strdup(from->clears);
	for (size_t i = 0; ret->subkey && i < n; i++) {
		ret->subkey[i] = strdup(from->subkey[i]);
		if (!ret->subkey[i])
			return -ENOMEM;
	}
	return ret->subkey && ret->name && ret->where && ret->path && ret->resource &&
	                       ret->action && ret->runas && ret->clears
	               ? 0
	               : -ENOMEM;
}

static int target_copy(struct target *ret, const struct target *from)
{
	*ret = *from;
	ret->name = strdup(from->name);
	ret->where = strdup(from->where);
	ret->url = strdup(from->url);
	ret->metric = strdup(from->metric);
	ret->input_as = strdup(from->input_as);
	ret->resource = strdup(from->resource);
	ret->input = json_incref(from->input);
	ret->signal = json_incref(from->signal);
	return ret->name && ret->where && ret->url && ret->metric && ret->input_as && ret->resource
	               ? 0
	               : -ENOMEM;
}

/* Room for all, of which no more is touched than there is: few have more than one. */
static int sources_copy(struct source **ret, const struct source *from, unsigned n)
{
	if (!from)
		return 0;
	*ret = reallocarray(NULL, SOURCE_MAX, sizeof(**ret));
	if (*ret)
		memcpy(*ret, from, n * sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void sources_free(struct source **s, unsigned n)
{
	if (*s)
		explicit_bzero(*s, n * sizeof(**s));
	free(*s);
	*s = NULL;
}

int conf_lists_copy(struct conf *ret, const struct conf *from)
{
	int r = 0;

	ret->hook = calloc(HOOK_MAX, sizeof(*ret->hook));
	ret->target = calloc(TARGET_MAX, sizeof(*ret->target));
	ret->hook_count = ret->target_count = 0;
	ret->given = ret->source = NULL;
	ret->occ = json_incref(from->occ);
	if (sources_copy(&ret->given, from->given, from->given_count) < 0 ||
	        sources_copy(&ret->source, from->source, from->source_count) < 0)
		return -ENOMEM;
	if (!ret->hook || !ret->target)
		return -ENOMEM;
	for (unsigned i = 0; i < from->hook_count && r == 0; i++)
		r = hook_copy(&ret->hook[ret->hook_count++], &from->hook[i]);
	for (unsigned i = 0; i < from->target_count && r == 0; i++)
		r = target_copy(&ret->target[ret->target_count++], &from->target[i]);
	return r;
}

void conf_lists_free(struct conf *cf)
{
	for (unsigned i = 0; i < cf->hook_count; i++)
		conf_hook_free(&cf->hook[i]);
	for (unsigned i = 0; i < cf->target_count; i++) {
		struct target *t = &cf->target[i];

		if (t->url)
			explicit_bzero(t->url, strlen(t->url));
		free(t->name);
		free(t->where);
		free(t->url);
		free(t->metric);
		free(t->input_as);
		free(t->resource);
		json_decref(t->input);
		json_decref(t->signal);
		explicit_bzero(&t->user, sizeof(t->user));
	}
	sources_free(&cf->given, cf->given_count);
	sources_free(&cf->source, cf->source_count);
	json_decref(cf->occ);
	cf->occ = NULL;
	free(cf->hook);
	free(cf->target);
	cf->hook = NULL;
	cf->target = NULL;
	cf->hook_count = cf->target_count = 0;
}
