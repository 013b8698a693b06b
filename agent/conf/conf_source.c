/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/conf_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"

static const char init_data[] = "/var/lib/heat-cfntools/cfn-init-data";
static const char local_dir[] = "/var/lib/os-collect-config/local-data";

static const char *const kinds[] = { [SOURCE_CFN] = "cfn",
	[SOURCE_HEAT] = "heat",
	[SOURCE_REQUEST] = "request",
	[SOURCE_ZAQAR] = "zaqar",
	[SOURCE_LOCAL] = "local",
	[SOURCE_HEAT_LOCAL] = "heat-local",
	[SOURCE_EC2] = "ec2" };

enum { KEY_TYPE, KEY_STACK, FIELDS = SOURCE_KEYS - 1 };

const char *const source_keys[] = { "type", "stack", "resource", "url", "access-key", "secret-key",
	"auth-url", "user-id", "password", "project-id", "region", "queue", "path",
	"application-credential-id", "application-credential-secret", NULL };

/* Where the text of each key goes; 0 bytes: it is no text of struct source. */
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

/* Required keys of each kind. */
static const char *find_missing_source_key(const struct source *s)
{
	const bool app = *s->user.app_id && *s->user.app_secret;
	const bool user = app || (*s->user.user_id && *s->user.password && *s->user.project_id);

	switch (s->kind) {
	case SOURCE_HEAT:
		if (!strchr(s->stack, '/'))
			return "stack (as NAME/UUID)";
		if (!*s->resource)
			return "resource";
		return !*s->user.auth_url ? "auth-url"
		       : !user            ? "user-id, password and project-id"
		                          : NULL;
	case SOURCE_ZAQAR:
		if (!*s->queue)
			return "queue";
		return !*s->user.auth_url ? "auth-url"
		       : !user            ? "user-id, password and project-id"
		                          : NULL;
	case SOURCE_REQUEST:
		return *s->url ? NULL : "url";
	default:
		return NULL; /* other keys have defaults, or come later with the guest's set-up */
	}
}

static int fill_conf_source(struct source *s, const char *const *text, char reterr[static CONF_ERR])
{
	size_t kind = 0, n = ARRAY_SIZE(kinds);
	const char *lack;

	while (text[KEY_TYPE] && kind < n && strcmp(text[KEY_TYPE], kinds[kind]) != 0)
		kind++;
	if (!text[KEY_TYPE] || kind == n) {
		(void)snprintf(reterr, CONF_ERR,
		        "type \"%.40s\" is none of: cfn heat request zaqar local heat-local ec2",
		        text[KEY_TYPE] ? text[KEY_TYPE] : "");
		return -EINVAL;
	}
	s->kind = (enum source_kind)kind;
	for (int i = 1; i < FIELDS; i++) {
		if (!text[i])
			continue;
		if (strlen(text[i]) >= fields[i].size) {
			(void)snprintf(reterr, CONF_ERR, "%s is too long", source_keys[i]);
			return -EINVAL;
		}
		(void)snprintf((char *)s + fields[i].at, fields[i].size, "%s", text[i]);
	}
	if (!*s->url && s->kind == SOURCE_LOCAL)
		STR_COPY(s->url, local_dir);
	if (!*s->url && s->kind == SOURCE_HEAT_LOCAL)
		STR_COPY(s->url, init_data);
	lack = find_missing_source_key(s);
	if (!lack)
		return 0;
	(void)snprintf(reterr, CONF_ERR, "no %s", lack);
	return -EINVAL;
}

int conf_source_add(struct conf *cf, const char *name, const char *const text[static SOURCE_KEYS],
        char reterr[static CONF_ERR])
{
	struct source s = { 0 };
	int r;

	if (cf->given_count == SOURCE_MAX) {
		(void)snprintf(reterr, CONF_ERR, "more than %d sources", SOURCE_MAX);
		return -EINVAL;
	}
	if (snprintf(s.name, sizeof(s.name), "%s", name) >= (int)sizeof(s.name)) {
		(void)snprintf(reterr, CONF_ERR, "its name is too long");
		return -EINVAL;
	}
	r = fill_conf_source(&s, text, reterr);
	if (r < 0)
		return r;
	if (!cf->given)
		cf->given = reallocarray(NULL, SOURCE_MAX, sizeof(*cf->given));
	if (!cf->given) {
		(void)snprintf(reterr, CONF_ERR, "out of memory");
		return -ENOMEM;
	}
	cf->given[cf->given_count++] = s;
	return 0;
}

/* The names that are asked for: our own first, then the hooks' in their order. */
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

/* May this source speak for any resource that is named to it? */
static bool speaks_for_all(const struct source *s)
{
	return s->kind == SOURCE_CFN && !*s->resource;
}

/* What only stands beside Heat's word, or in for it, leaves that to be asked for. */
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

/* cfn-hup's files and [heat] describe one source, which can speak for every resource. */
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
 * The way that the server was born with stays at hand after Heat has named another: Heat itself gives
 * out passwords that Keystone does not know when a server moves from POLL_SERVER_CFN.
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
		if (!*cf->own) /* no other source sets it */
			(void)snprintf(cf->own, sizeof(cf->own), "%.255s",
			        *born[i].resource ? born[i].resource : "server");
		append_conf_source(cf, &born[i], cf->own);
	}
	explicit_bzero(born, sizeof(born));
}

/* Our own resource: as [heat] says, as a source says, else the hooks' first. */
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
	else if (!*cf->metadata_file) /* replaces Heat for every resource */
		n = conf_occ_sources(occ, cf, all, SOURCE_MAX);
	explicit_bzero(cf->source, cf->source_count * sizeof(*cf->source));
	cf->source_count = 0;
	settle_own(cf, all, n);
	for (unsigned i = 0; i < n; i++)
		if (!speaks_for_all(&all[i]))
			append_conf_source(
			        cf, &all[i], *all[i].resource ? all[i].resource : cf->own);
	/* What none of them covers is asked for by the one that may: given, or cfn-hup's. */
	fill_legacy_source(cf, &rest);
	for (unsigned i = 0; i < n; i++)
		if (speaks_for_all(&all[i]))
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
