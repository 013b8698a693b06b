/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/cli_options.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "heat/source/metadata_cache.h"

enum { TIMEOUT_S = 30, INTERVAL_S = 60 };

bool cli_is_foreign_option(const struct cli_options *o)
{
	return o->access_key || o->secret_key || o->credential_file || o->url || o->proxy;
}

/* Returns the transport in the cached metadata: Heat may have changed it since the files were written.  NULL: none. */
static json_t *read_known_transport(const struct conf *cf)
{
	struct metadata_cache known = { 0 };
	const char *from;
	json_t *transport;

	if (*cf->own)
		metadata_cache_read(&known, cf->own, false, &from);
	transport = json_object_get(known.metadata, "os-collect-config");
	transport = json_is_object(transport) ? json_incref(transport) : NULL;
	json_decref(known.metadata);
	return transport;
}

static int copy_cli_option(
        char *to, size_t size, const char *text, const char *what, char reterr[static CONF_ERR])
{
	if (!text || snprintf(to, size, "%s", text) < (int)size)
		return 0;
	(void)snprintf(reterr, CONF_ERR, "%s is too long", what);
	return -EINVAL;
}

struct first_error {
	struct conf_report report;
	char *to; /* CONF_ERR bytes */
};

static void keep_first_error(struct conf_report *r, bool error, const char *line)
{
	struct first_error *e = (struct first_error *)r;

	if (error && r->errors == 1)
		(void)snprintf(e->to, CONF_ERR, "%s", line);
}

static int apply_cli_options(
        struct conf *cf, const struct cli_options *o, char reterr[static CONF_ERR])
{
	struct first_error e = { { .say = keep_first_error }, reterr };
	size_t n;
	int r = 0;

	r |= copy_cli_option(cf->stack, sizeof(cf->stack), o->stack, "--stack", reterr);
	r |= copy_cli_option(cf->url, sizeof(cf->url) - 1, o->url, "--url", reterr);
	r |= copy_cli_option(cf->proxy, sizeof(cf->proxy), o->proxy, "--http-proxy", reterr);
	r |= copy_cli_option(cf->credential_file, sizeof(cf->credential_file), o->credential_file,
	        "--credential-file", reterr);
	if (r < 0)
		return -EINVAL;
	if (o->credential_file && conf_cfn_read_credentials(cf, &e.report) < 0)
		return -EINVAL;
	if (!o->access_key != !o->secret_key) {
		(void)snprintf(reterr, CONF_ERR, "--access-key and --secret-key go together");
		return -EINVAL;
	}
	r |= copy_cli_option(
	        cf->access_key, sizeof(cf->access_key), o->access_key, "--access-key", reterr);
	r |= copy_cli_option(
	        cf->secret_key, sizeof(cf->secret_key), o->secret_key, "--secret-key", reterr);
	n = strlen(cf->url);
	if (o->url && n && cf->url[n - 1] != '/')
		memcpy(cf->url + n, "/", 2);
	if (o->insecure)
		cf->insecure = true;
	return r < 0 ? -EINVAL : 0;
}

/* Given keys replace all others; a given stack and URL apply to every CFN source. */
static void apply_source_options(struct conf *cf, const struct cli_options *o)
{
	struct source own = { .kind = SOURCE_CFN, .name = "cfn" };
	bool cfn = false;

	STR_COPY(own.resource, o->resource ? o->resource : cf->own);
	STR_COPY(own.url, cf->url);
	STR_COPY(own.stack, cf->stack);
	memcpy(own.access_key, cf->access_key, sizeof(own.access_key));
	memcpy(own.secret_key, cf->secret_key, sizeof(own.secret_key));
	for (unsigned i = 0; i < cf->source_count; i++) {
		struct source *s = &cf->source[i];

		cfn |= s->kind == SOURCE_CFN;
		if (s->kind == SOURCE_CFN && !*own.url)
			memcpy(own.url, s->url, sizeof(own.url));
		if (s->kind == SOURCE_CFN && o->stack)
			memcpy(s->stack, cf->stack, sizeof(s->stack));
		if (s->kind == SOURCE_CFN && o->url)
			STR_COPY(s->url, cf->url);
	}
	if (o->access_key || o->credential_file) {
		explicit_bzero(cf->source, cf->source_count * sizeof(*cf->source));
		cf->source[0] = own;
		cf->source_count = 1;
	} else if (!cfn && *own.access_key && cf->source_count < SOURCE_MAX) {
		/* The keys sign requests even if nothing is polled with them. */
		cf->source[cf->source_count++] = own;
	}
	explicit_bzero(&own, sizeof(own));
}

bool cli_stack_resource(const struct source *s, const char *stack)
{
	const size_t n = strcspn(s->stack, "/");

	return !stack || s->kind == SOURCE_CFN || strcmp(s->stack, stack) == 0 ||
	       (s->stack[n] && (strcmp(s->stack + n + 1, stack) == 0 ||
	                               (strncmp(s->stack, stack, n) == 0 && !stack[n])));
}

int cli_conf(struct conf *ret, const struct cli_options *o, char reterr[static CONF_ERR])
{
	struct conf_report ignored = { 0 };
	json_auto_t *transport = NULL;
	int r;

	(void)signal(SIGPIPE, SIG_IGN); /* a closed connection is an error of write() */
	if (conf_load(ret, CONF_START, NULL, &ignored) < 0) {
		memset(ret, 0, sizeof(*ret));
		ret->timeout_s = TIMEOUT_S;
		ret->interval_s = ret->max_backoff_s = INTERVAL_S;
	}
	transport = read_known_transport(ret);
	*reterr = '\0';
	r = apply_cli_options(ret, o, reterr);
	if (r == 0)
		r = conf_sources(ret, transport);
	if (r == 0)
		apply_source_options(ret, o);
	return r;
}
