/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_route.c - the address of a signal and the credentials for it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/base/text.h"
#include "heat/api/heat_api.h"
#include "heat/api/presigned.h"
#include "heat/signal/delivery_internal.h"

const struct source *delivery_own_credentials(const struct conf *cf, bool token)
{
	for (unsigned i = 0; i < cf->source_count; i++) {
		const struct source *s = &cf->source[i];

		if (token ? *s->user.user_id || *s->user.app_id : *s->access_key && *s->secret_key)
			return s;
	}
	return NULL;
}

static time_t server_time_of(const struct delivery *d)
{
	return d->rq.date ? d->rq.date : time(NULL) + *d->cx->skew_s;
}

bool delivery_find_fallback(struct delivery *d)
{
	const struct source *keys = delivery_own_credentials(d->cx->conf, false);
	const struct source *user = delivery_own_credentials(d->cx->conf, true);
	const char *url = delivery_text_at(d, "url");
	const struct sign_key key = { keys ? keys->access_key : "", keys ? keys->secret_key : "" };

	if (d->url_renewed || !presigned_is_renewable(url))
		return false;
	if (keys && presigned_renew(d->url, sizeof(d->url), url, delivery_text_at(d, "method"),
	                    &key, server_time_of(d)) == 0) {
		d->url_renewed = true;
		return true;
	}
	if (!user || heat_api_from_arn(
	                     url, d->stack, sizeof(d->stack), d->resource, sizeof(d->resource)) < 0)
		return false;
	d->url_renewed = true;
	d->way = "heat";
	d->user = user->user;
	return true;
}

/* Returns true if scheme, host and port are equal. */
static bool is_same_origin(const char *a, const char *b)
{
	const char *host = strstr(a, "://");
	const size_t n = host ? (size_t)(host - a) + 3 + strcspn(host + 3, "/?#") : 0;

	return n && strncasecmp(a, b, n) == 0 && (!b[n] || strchr("/?#", b[n]));
}

int delivery_token_url(struct delivery *d, const struct keystone_session *k)
{
	size_t n = strlen(k->messaging);

	if (is_delivery_method(d, "zaqar")) {
		if (n > 3 && strcmp(k->messaging + n - 3, "/v2") == 0)
			n -= 3;
		if (!n || strpbrk(delivery_text_at(d, "queue"), "/?#% "))
			return -EINVAL;
		return snprintf(d->url, sizeof(d->url), "%.*s/v2/queues/%s/messages", (int)n,
		               k->messaging, delivery_text_at(d, "queue")) < (int)sizeof(d->url)
		               ? 0
		               : -EMSGSIZE;
	}
	if (is_delivery_method(d, "unhealthy") && *delivery_text_at(d, "url") &&
	        !is_same_origin(delivery_text_at(d, "url"), k->heat))
		return -EPERM;
	if (is_delivery_method(d, "unhealthy") && *delivery_text_at(d, "url"))
		return snprintf(d->url, sizeof(d->url), "%s", delivery_text_at(d, "url")) <
		                       (int)sizeof(d->url)
		               ? 0
		               : -EMSGSIZE;
	if (!*k->heat)
		return -EINVAL;
	return heat_api_url(d->url, sizeof(d->url), k->heat, d->stack, d->resource,
	        is_delivery_method(d, "unhealthy") ? "" : "/signal");
}

void delivery_find_own_stack(struct delivery *d)
{
	const struct source *user = delivery_own_credentials(d->cx->conf, true);
	const char *arn = strstr(d->cx->stack_arn, ":stacks/");
	const char *stack = user && strchr(user->stack, '/') ? user->stack
	                    : arn                            ? arn + strlen(":stacks/")
	                                                     : "";

	STR_COPY(d->stack, stack);
}

int delivery_use_own_credentials(struct delivery *d)
{
	const struct source *user = delivery_own_credentials(d->cx->conf, true);
	const struct source *keys = delivery_own_credentials(d->cx->conf, false);
	const struct sign_key key = { keys ? keys->access_key : "", keys ? keys->secret_key : "" };
	const bool put = strcmp(delivery_text_at(d, "method"), "PUT") == 0;
	char url[CFN_URL];

	if (user && *d->stack) {
		d->user = user->user;
		return 0;
	}
	if (is_delivery_method(d, "unhealthy") || !keys || !*d->cx->stack_arn ||
	        !strstr(d->cx->stack_arn, delivery_text_at(d, "stack")))
		return -ENOKEY;
	d->way = "url";
	d->url_renewed = true; /* the URL is signed with the server's keys from the start */
	if (snprintf(url, sizeof(url), "%s%s/%s/resources/%s", keys->url,
	            put ? "waitcondition" : "signal", d->cx->stack_arn,
	            d->resource) >= (int)sizeof(url))
		return -EMSGSIZE;
	return presigned_renew(
	        d->url, sizeof(d->url), url, put ? "PUT" : "POST", &key, server_time_of(d));
}
