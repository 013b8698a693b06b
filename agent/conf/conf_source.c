/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/conf_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_keys.h"

/* In the order of enum source_kind. */
static const char kinds[] = "cfn heat request zaqar local heat-local ec2";

enum { KEY_TYPE, FIELDS = SOURCE_KEYS - 1 };

const char *const source_keys[] = { "type", "stack", "resource", "url", "access-key", "secret-key",
	"auth-url", "user-id", "password", "project-id", "region", "queue", "path",
	"application-credential-id", "application-credential-secret", NULL };

/* Field of each key; size 0: not a text of struct source. */
static const struct {
	size_t at, size;
} fields[FIELDS] = {
#define FIELD(f) offsetof(struct source, f), sizeof(((struct source *)0)->f)
	{ 0, 0 },
	{ FIELD(stack) },
	{ FIELD(resource) },
	{ FIELD(url) },
	{ FIELD(access_key) },
	{ FIELD(secret_key) },
	{ FIELD(user.auth_url) },
	{ FIELD(user.user_id) },
	{ FIELD(user.password) },
	{ FIELD(user.project_id) },
	{ FIELD(user.region) },
	{ FIELD(queue) },
	{ FIELD(url) },
	{ FIELD(user.app_id) },
	{ FIELD(user.app_secret) },
#undef FIELD
};

/* Returns the first required key that a source lacks, NULL if none.  Other keys have defaults or come with user-data. */
static const char *find_missing_source_key(const struct source *s)
{
	const struct keystone_user *u = &s->user;

	if (s->kind == SOURCE_REQUEST)
		return *s->url ? NULL : "url";
	if (s->kind != SOURCE_HEAT && s->kind != SOURCE_ZAQAR)
		return NULL;
	if (s->kind == SOURCE_HEAT && !strchr(s->stack, '/'))
		return "stack (as NAME/UUID)";
	if (s->kind == SOURCE_HEAT && !*s->resource)
		return "resource";
	if (s->kind == SOURCE_ZAQAR && !*s->queue)
		return "queue";
	if (!*u->auth_url)
		return "auth-url";
	if ((*u->app_id && *u->app_secret) || (*u->user_id && *u->password && *u->project_id))
		return NULL;
	return "user-id, password and project-id";
}

static int fill_conf_source(struct source *s, const char *const *text, char reterr[static CONF_ERR])
{
	const char *type = text[KEY_TYPE] ? text[KEY_TYPE] : "", *missing;
	int kind = conf_word_index(kinds, type, strlen(type));

	if (kind < 0)
		return conf_fail(reterr, "type \"%.40s\" is none of: %s", type, kinds);
	s->kind = (enum source_kind)kind;
	for (int i = 1; i < FIELDS; i++) {
		if (!text[i])
			continue;
		if (strlen(text[i]) >= fields[i].size)
			return conf_fail(reterr, "%s is too long", source_keys[i]);
		(void)snprintf((char *)s + fields[i].at, fields[i].size, "%s", text[i]);
	}
	if (!*s->url && s->kind == SOURCE_LOCAL)
		STR_COPY(s->url, PATH_OCC_LOCAL);
	if (!*s->url && s->kind == SOURCE_HEAT_LOCAL)
		STR_COPY(s->url, PATH_HEAT_INIT_DATA);
	missing = find_missing_source_key(s);
	return missing ? conf_fail(reterr, "no %s", missing) : 0;
}

int conf_source_add(struct conf *cf, const char *name, const char *const text[static SOURCE_KEYS],
        char reterr[static CONF_ERR])
{
	struct source s = { 0 };

	if (cf->given_count == SOURCE_MAX)
		return conf_fail(reterr, "more than %d sources", SOURCE_MAX);
	if (strlen(name) >= sizeof(s.name))
		return conf_fail(reterr, "the name is too long");
	STR_COPY(s.name, name);
	if (fill_conf_source(&s, text, reterr) < 0)
		return -EINVAL;
	if (!cf->given)
		cf->given = reallocarray(NULL, SOURCE_MAX, sizeof(*cf->given));
	if (!cf->given) {
		(void)conf_fail(reterr, "out of memory");
		return -ENOMEM;
	}
	cf->given[cf->given_count++] = s;
	return 0;
}

/* Lists the resources that are polled: our own first, then those of the hooks in their order. */
static unsigned list_wanted_resources(const struct conf *cf, const char *ret[static SOURCE_MAX])
{
	unsigned n = 0;

	if (*cf->own)
		ret[n++] = cf->own;
	for (unsigned i = 0; i < cf->hook_count; i++) {
		const char *name = cf->hook[i].resource;
		unsigned j = 0;

		while (j < n && strcmp(ret[j], name) != 0)
			j++;
		if (*name && j == n && n < SOURCE_MAX)
			ret[n++] = name;
	}
	return n;
}

/* Returns true if a source serves any resource that it is asked for. */
static bool serves_all_resources(const struct source *s)
{
	return s->kind == SOURCE_CFN && !*s->resource;
}

/* Returns true if a source polls this resource.  Files of the guest and Nova's metadata do not replace Heat's. */
static bool is_resource_covered(const struct conf *cf, const char *resource)
{
	for (unsigned i = 0; i < cf->source_count; i++) {
		const struct source *s = &cf->source[i];

		if (s->kind != SOURCE_EC2 && s->kind != SOURCE_HEAT_LOCAL &&
		        (s->kind != SOURCE_LOCAL || cf->given_count) &&
		        strcmp(s->resource, resource) == 0)
			return true;
	}
	return false;
}

static void append_conf_source(struct conf *cf, const struct source *s, const char *resource)
{
	struct source *to = &cf->source[cf->source_count];

	if (cf->source_count == SOURCE_MAX)
		return;
	*to = *s;
	STR_COPY(to->resource, resource);
	cf->source_count++;
}

/* Fills in the source of cfn-hup's files and [heat], which serves every resource. */
static void fill_legacy_source(const struct conf *cf, struct source *ret)
{
	*ret = (struct source){ .kind = SOURCE_CFN, .name = "cfn" };
	if (*cf->metadata_file) {
		ret->kind = SOURCE_LOCAL;
		(void)snprintf(ret->name, sizeof(ret->name), "local");
		STR_COPY(ret->url, cf->metadata_file);
		return;
	}
	STR_COPY(ret->url, cf->url);
	STR_COPY(ret->stack, cf->stack);
	STR_COPY(ret->access_key, cf->access_key);
	STR_COPY(ret->secret_key, cf->secret_key);
}

/*
 * Adds the sources of the initial metadata as standby after Heat has named another transport: Heat may hand out a
 * password that Keystone does not know when a server moves from POLL_SERVER_CFN.
 */
static void add_standby(struct conf *cf)
{
	struct source born[SOURCE_MAX];
	unsigned n = conf_occ_sources(cf->occ, cf, born, SOURCE_MAX);

	for (unsigned i = 0; i < n; i++) {
		bool same = born[i].kind == SOURCE_LOCAL || born[i].kind == SOURCE_HEAT_LOCAL ||
		            born[i].kind == SOURCE_EC2;

		for (unsigned j = 0; j < cf->source_count; j++)
			same |= cf->source[j].kind == born[i].kind;
		if (same)
			continue;
		born[i].standby = true;
		if (!*cf->own) /* not set by any other source */
			(void)snprintf(cf->own, sizeof(cf->own), "%.255s",
			        *born[i].resource ? born[i].resource : "server");
		append_conf_source(cf, &born[i], cf->own);
	}
	explicit_bzero(born, sizeof(born));
}

/* Sets our own resource: from [heat], from a source, else from the first hook. */
static void settle_own(struct conf *cf, const struct source *s, unsigned n)
{
	const char *own = cf->resource;

	for (unsigned i = 0; !*own && i < n; i++)
		own = s[i].resource;
	for (unsigned i = 0; !*own && i < cf->hook_count; i++)
		own = cf->hook[i].resource;
	if (!*own && (n || *cf->metadata_file))
		own = *cf->metadata_file ? "local" : "server";
	if (own != cf->own)
		STR_COPY(cf->own, own);
}

int conf_sources(struct conf *cf, const json_t *follow)
{
	struct source *all = reallocarray(NULL, SOURCE_MAX, sizeof(*all)), rest;
	json_auto_t *occ = conf_occ_merge(cf->occ, follow);
	const char *name[SOURCE_MAX];
	unsigned n = cf->given_count, names;

	if (!cf->source)
		cf->source = reallocarray(NULL, SOURCE_MAX, sizeof(*cf->source));
	if (!all || !cf->source) {
		free(all);
		return -ENOMEM;
	}
	if (n)
		memcpy(all, cf->given, n * sizeof(*all));
	else if (!*cf->metadata_file) /* metadata-file replaces Heat for every resource */
		n = conf_occ_sources(occ, cf, all, SOURCE_MAX);
	explicit_bzero(cf->source, cf->source_count * sizeof(*cf->source));
	cf->source_count = 0;
	settle_own(cf, all, n);
	for (unsigned i = 0; i < n; i++)
		if (!serves_all_resources(&all[i]))
			append_conf_source(
			        cf, &all[i], *all[i].resource ? all[i].resource : cf->own);
	/* Other resources are polled from the source that serves all: a given one, or cfn-hup's. */
	fill_legacy_source(cf, &rest);
	for (unsigned i = 0; i < n; i++)
		if (serves_all_resources(&all[i]))
			rest = all[i];
	names = list_wanted_resources(cf, name);
	if (!n || *rest.access_key || *cf->metadata_file)
		for (unsigned i = 0; i < names; i++)
			if (!is_resource_covered(cf, name[i]))
				append_conf_source(cf, &rest, name[i]);
	if (follow && !cf->given_count && !*cf->metadata_file)
		add_standby(cf);
	explicit_bzero(all, n * sizeof(*all));
	explicit_bzero(&rest, sizeof(rest));
	free(all);
	return 0;
}
