/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
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

static int set_kind(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	/* in the order of enum target_kind */
	static const char kinds[] =
	        "wait-condition wait-condition-native policy workflow resource unhealthy";
	int kind = text ? conf_word_index(kinds, text, strlen(text)) : -1;

	if (!text)
		return conf_fail(reterr, "no type");
	if (kind < 0)
		return conf_fail(reterr, "type \"%.60s\" is none of: %s", text, kinds);
	t->kind = (enum target_kind)kind;
	return 0;
}

/* Messages do not quote the URL, which is a secret. */
static int check_url(const char *url, char reterr[static CONF_ERR])
{
	if (!*url)
		return conf_fail(reterr, "no url");
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return conf_fail(reterr, "url is neither http:// nor https://");
	if (strlen(url) > URL_MAX)
		return conf_fail(reterr, "url is longer than %d bytes", URL_MAX);
	for (const char *s = url; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127)
			return conf_fail(reterr, "url contains a blank or a control character");
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
		return conf_fail(reterr, "when is neither predict.raised nor predict.cleared");
	return 0;
}

static int set_input(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	json_error_t e;

	if (!text)
		return 0;
	if (t->kind != TARGET_WORKFLOW)
		return conf_fail(reterr, "input is for type workflow only");
	t->input = json_loads(text, 0, &e);
	return json_is_object(t->input)
	               ? 0
	               : conf_fail(reterr, "input is not a JSON object: %.100s", e.text);
}

/* Parses the `signal` attribute of a native wait condition: JSON text, a secret. */
static int set_signal(struct target *t, const char *text, char reterr[static CONF_ERR])
{
	json_error_t e;

	if (t->kind != TARGET_WAIT_NATIVE)
		return conf_fail(reterr, "signal is for type wait-condition-native only");
	t->signal = json_loads(text, 0, &e);
	if (!json_is_object(t->signal))
		return conf_fail(reterr, "signal is not a JSON object (the attribute `signal`)");
	if (!json_is_string(json_object_get(t->signal, "alarm_url")) &&
	        !json_is_string(json_object_get(t->signal, "queue_id")))
		return conf_fail(reterr, "signal has neither alarm_url nor queue_id");
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
			return conf_fail(reterr, "credentials are for type unhealthy only");
		if (strlen(copy[i].from) >= copy[i].size)
			return conf_fail(reterr, "a credential is too long");
		(void)snprintf(copy[i].to, copy[i].size, "%s", copy[i].from);
	}
	if (*t->user.app_id && (!*t->user.app_secret || !*t->user.auth_url))
		return conf_fail(
		        reterr, "application-credential-id requires its secret and auth-url");
	return 0;
}

/* Sets the receiver: a URL, a `signal` attribute, or the name of a resource of the own stack. */
static int set_receiver(struct target *t, const char *const *text, char reterr[static CONF_ERR])
{
	const bool named = t->kind == TARGET_RESOURCE || t->kind == TARGET_UNHEALTHY;
	int r = set_user(t, text, reterr);

	if (r < 0)
		return r;
	if (text[TARGET_RESOURCE_NAME] && !named)
		return conf_fail(reterr, "resource is for types resource and unhealthy only");
	if (t->kind == TARGET_RESOURCE && !text[TARGET_RESOURCE_NAME])
		return conf_fail(reterr, "no resource");
	if (text[TARGET_SIGNAL])
		return set_signal(t, text[TARGET_SIGNAL], reterr);
	return named && !text[TARGET_URL] ? 0 : check_url(t->url, reterr);
}

static int fill_conf_target(
        struct target *t, const char *const text[static TARGET_KEYS], char reterr[static CONF_ERR])
{
	int r = set_kind(t, text[TARGET_TYPE], reterr);

	if (r == 0)
		r = set_receiver(t, text, reterr);
	if (r == 0)
		r = set_when(t, text[TARGET_WHEN], reterr);
	return r < 0 ? r : set_input(t, text[TARGET_INPUT], reterr);
}

int conf_target_add(struct conf *cf, const char *name, const char *where,
        const char *const text[static TARGET_KEYS], char reterr[static CONF_ERR])
{
	struct target t = { 0 };
	const struct conf_text texts[] = { { &t.name, name }, { &t.where, where },
		{ &t.url, text[TARGET_URL] }, { &t.metric, text[TARGET_METRIC] },
		{ &t.input_as, text[TARGET_INPUT_AS] },
		{ &t.resource, text[TARGET_RESOURCE_NAME] } };
	int r;

	for (unsigned i = 0; i < cf->target_count; i++)
		if (strcmp(cf->target[i].name, name) == 0)
			return conf_fail(reterr, "there is a signal of this name at %.100s",
			        cf->target[i].where);
	if (cf->target_count == TARGET_MAX)
		return conf_fail(reterr, "more than %d signals", TARGET_MAX);
	(void)conf_fail(reterr, "out of memory");
	if (!cf->target)
		cf->target = reallocarray(NULL, TARGET_MAX, sizeof(*cf->target));
	if (!cf->target || conf_keep_texts(cf, texts, ARRAY_SIZE(texts)) < 0)
		return -ENOMEM;
	r = fill_conf_target(&t, text, reterr);
	if (r == 0) {
		cf->target[cf->target_count++] = t;
		return 0;
	}
	json_decref(t.input);
	json_decref(t.signal);
	return r;
}
