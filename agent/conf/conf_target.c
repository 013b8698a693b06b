/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/conf/conf_hook.h"
#include "agent/conf/conf_keys.h"

const char *const target_keys[] = { [TARGET_TYPE] = "type",
	[TARGET_URL] = "url",
	[TARGET_WHEN] = "when",
	[TARGET_METRIC] = "metric",
	[TARGET_INPUT] = "input",
	[TARGET_INPUT_AS] = "input-as",
	[TARGET_SIGNAL] = "signal",
	[TARGET_RESOURCE_NAME] = "resource",
	[TARGET_AUTH_URL] = "auth-url",
	[TARGET_APP_ID] = "application-credential-id",
	[TARGET_APP_SECRET] = "application-credential-secret",
	[TARGET_REGION] = "region",
	[TARGET_KEYS] = NULL };

enum { URL_MAX = 4096 };

static int fail_conf_target(char reterr[static CONF_ERR], const char *what)
{
	(void)snprintf(reterr, CONF_ERR, "%s", what);
	return -EINVAL;
}

static int set_kind(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	static const char *const kinds[] = { [TARGET_WAIT_CONDITION] = "wait-condition",
		[TARGET_WAIT_NATIVE] = "wait-condition-native",
		[TARGET_POLICY] = "policy",
		[TARGET_WORKFLOW] = "workflow",
		[TARGET_RESOURCE] = "resource",
		[TARGET_UNHEALTHY] = "unhealthy" };

	if (!text)
		return fail_conf_target(reterr, "no type");
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(text, kinds[i]) == 0) {
			t->kind = (enum target_kind)i;
			return 0;
		}
	}
	(void)snprintf(reterr, CONF_ERR,
	        "type \"%.60s\" is none of: wait-condition wait-condition-native policy workflow "
	        "resource unhealthy",
	        text);
	return -EINVAL;
}

/* The URL is a secret: messages do not quote it. */
static int check_url(const char *url, char reterr[static CONF_ERR])
{
	if (!url || !*url)
		return fail_conf_target(reterr, "no url");
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return fail_conf_target(reterr, "url is neither http:// nor https://");
	if (strlen(url) > URL_MAX)
		return fail_conf_target(reterr, "url is longer than 4096 bytes");
	for (const char *s = url; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127)
			return fail_conf_target(
			        reterr, "url has a blank or a control character in it");
	return 0;
}

static int set_when(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	char unknown[64];

	t->when = TRIGGER_RAISED;
	if (!text)
		return 0;
	t->when = conf_triggers(text, false, unknown, sizeof(unknown));
	if (!t->when || *unknown || (t->when & ~(unsigned)(TRIGGER_RAISED | TRIGGER_CLEARED)))
		return fail_conf_target(
		        reterr, "when is neither predict.raised nor predict.cleared");
	return 0;
}

static int set_input(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	json_error_t e;

	if (!text)
		return 0;
	if (t->kind != TARGET_WORKFLOW)
		return fail_conf_target(reterr, "input is for type workflow only");
	t->input = json_loads(text, 0, &e);
	if (json_is_object(t->input))
		return 0;
	(void)snprintf(
	        reterr, CONF_ERR, "input is not a JSON object: %.100s", t->input ? "" : e.text);
	return -EINVAL;
}

/* The `signal` attribute of a native wait condition: JSON text, a secret. */
static int set_signal(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	json_error_t e;

	if (t->kind != TARGET_WAIT_NATIVE)
		return fail_conf_target(reterr, "signal is for type wait-condition-native only");
	t->signal = json_loads(text, 0, &e);
	if (!json_is_object(t->signal))
		return fail_conf_target(
		        reterr, "signal is not a JSON object (the attribute `signal`)");
	if (!json_is_string(json_object_get(t->signal, "alarm_url")) &&
	        !json_is_string(json_object_get(t->signal, "queue_id")))
		return fail_conf_target(reterr, "signal has neither alarm_url nor queue_id");
	return 0;
}

static int set_user(struct target *t, const char *const *text, char reterr[static CONF_ERR])
{
	const struct {
		char *to;
		size_t size;
		const char *from;
	} copy[] = {
		{ t->user.auth_url, sizeof(t->user.auth_url), text[TARGET_AUTH_URL] },
		{ t->user.app_id, sizeof(t->user.app_id), text[TARGET_APP_ID] },
		{ t->user.app_secret, sizeof(t->user.app_secret), text[TARGET_APP_SECRET] },
		{ t->user.region, sizeof(t->user.region), text[TARGET_REGION] },
	};

	for (size_t i = 0; i < ARRAY_SIZE(copy); i++) {
		if (!copy[i].from)
			continue;
		if (t->kind != TARGET_UNHEALTHY)
			return fail_conf_target(reterr, "credentials are for type unhealthy only");
		if (strlen(copy[i].from) >= copy[i].size)
			return fail_conf_target(reterr, "a credential is too long");
		(void)snprintf(copy[i].to, copy[i].size, "%s", copy[i].from);
	}
	if (*t->user.app_id && (!*t->user.app_secret || !*t->user.auth_url))
		return fail_conf_target(
		        reterr, "application-credential-id wants its secret and auth-url");
	return 0;
}

/* Where it goes: a URL, a `signal` attribute, or the name of a resource of our own stack. */
static int set_where(struct target *t, const char *const *text, char reterr[static CONF_ERR])
{
	const bool named = t->kind == TARGET_RESOURCE || t->kind == TARGET_UNHEALTHY;
	int r = set_user(t, text, reterr);

	if (r < 0)
		return r;
	if (text[TARGET_RESOURCE_NAME] && !named)
		return fail_conf_target(
		        reterr, "resource is for types resource and unhealthy only");
	if (t->kind == TARGET_RESOURCE && !text[TARGET_RESOURCE_NAME])
		return fail_conf_target(reterr, "no resource");
	if (text[TARGET_SIGNAL])
		return set_signal(t, text[TARGET_SIGNAL], reterr);
	if (named && !text[TARGET_URL])
		return 0;
	return check_url(text[TARGET_URL], reterr);
}

static int fill_conf_target(
        struct target *t, const char *const text[static TARGET_KEYS], char reterr[static CONF_ERR])
{
	const char *url = text[TARGET_URL] ? text[TARGET_URL] : "";
	const char *name = text[TARGET_RESOURCE_NAME] ? text[TARGET_RESOURCE_NAME] : "";
	int r = set_kind(t, text[TARGET_TYPE], reterr);

	if (r == 0)
		r = set_where(t, text, reterr);
	if (r == 0)
		r = set_when(t, text[TARGET_WHEN], reterr);
	if (r == 0)
		r = set_input(t, text[TARGET_INPUT], reterr);
	if (r < 0)
		return r;
	t->url = strdup(url);
	t->resource = strdup(name);
	t->metric = strdup(text[TARGET_METRIC] ? text[TARGET_METRIC] : "");
	t->input_as = strdup(text[TARGET_INPUT_AS] ? text[TARGET_INPUT_AS] : "");
	return t->url && t->resource && t->metric && t->input_as ? 0 : -ENOMEM;
}

int conf_target_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static TARGET_KEYS], char reterr[static CONF_ERR])
{
	struct target t = { 0 };
	int r;

	(void)snprintf(reterr, CONF_ERR, "out of memory");
	for (unsigned i = 0; i < cf->target_count; i++) {
		if (strcmp(cf->target[i].name, name) == 0) {
			(void)snprintf(reterr, CONF_ERR, "there is a signal of this name at %.100s",
			        cf->target[i].where);
			return -EINVAL;
		}
	}
	if (cf->target_count == TARGET_MAX) {
		(void)snprintf(reterr, CONF_ERR, "more than %d signals", TARGET_MAX);
		return -EINVAL;
	}
	if (!cf->target)
		cf->target = calloc(TARGET_MAX, sizeof(*cf->target));
	r = cf->target ? fill_conf_target(&t, text, reterr) : -ENOMEM;
	t.name = strdup(name);
	t.where = strdup(where);
	if (r < 0 || !t.name || !t.where) {
		free(t.name);
		free(t.where);
		free(t.url);
		free(t.metric);
		free(t.input_as);
		free(t.resource);
		json_decref(t.input);
		json_decref(t.signal);
		return r < 0 ? r : -ENOMEM;
	}
	cf->target[cf->target_count++] = t;
	return 0;
}
