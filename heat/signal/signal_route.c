/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signal_route.c - derives the transport of a signal from the attributes that Heat provides.
 *
 * Wait condition handles have them in their attribute `signal`, deployments in inputs that begin
 * with deploy_. Both have the same five transports: CFN_SIGNAL, TEMP_URL_SIGNAL, HEAT_SIGNAL,
 * ZAQAR_SIGNAL, NO_SIGNAL.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "heat/api/heat_api.h"
#include "heat/signal/signals.h"

/*
 * Returns true for the inputs of a deployment: Heat's own inputs begin with deploy_, all others are
 * the user's.
 */
static bool is_deployment(const json_t *o)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)o, key, v)
		if (strncmp(key, "deploy_", 7) == 0)
			return true;
	return false;
}

/*
 * Returns the value of a handle's key. For a deployment only the key with Heat's prefix is used,
 * never an input of the user with that name.
 */
static const char *route_text_at(const json_t *o, const char *key)
{
	char long_key[64];
	const char *s;

	(void)snprintf(long_key, sizeof(long_key), "deploy_%s", key);
	s = json_string_value(json_object_get(o, is_deployment(o) ? long_key : key));
	return s ? s : "";
}

static json_t *build_route_user(const json_t *o)
{
	return json_pack("{ss ss ss ss ss}", "auth_url", route_text_at(o, "auth_url"), "user_id",
	        route_text_at(o, "user_id"), "password", route_text_at(o, "password"), "project_id",
	        route_text_at(o, "project_id"), "region", route_text_at(o, "region_name"));
}

/*
 * Builds the route through Heat's native API. Stack and resource are inputs of a deployment; for a
 * handle they are part of alarm_url.
 */
static json_t *build_heat_route(const json_t *o)
{
	char stack[CONF_STR], resource[CONF_STR];

	if (*route_text_at(o, "stack_id")) {
		if (snprintf(stack, sizeof(stack), "%s", route_text_at(o, "stack_id")) >=
		                (int)sizeof(stack) ||
		        snprintf(resource, sizeof(resource), "%s",
		                route_text_at(o, "resource_name")) >= (int)sizeof(resource) ||
		        !strchr(stack, '/') || !*resource)
			return NULL;
	} else if (heat_api_from_url(route_text_at(o, "alarm_url"), stack, sizeof(stack), resource,
	                   sizeof(resource)) < 0) {
		return NULL;
	}
	return json_pack("{ss ss ss so}", "way", "heat", "stack", stack, "resource", resource,
	        "user", build_route_user(o));
}

/*
 * Heat 19 sometimes has no keys yet to sign a deployment's URL, and sets CFN_SIGNAL without a URL
 * ("Cannot generate signed url" in its log): the signal then goes to the same API with the server's
 * own credentials.
 */
static json_t *build_own_route(const json_t *o)
{
	if (strcmp(route_text_at(o, "signal_transport"), "CFN_SIGNAL") != 0 ||
	        *route_text_at(o, "signal_id") || !strchr(route_text_at(o, "stack_id"), '/') ||
	        !*route_text_at(o, "resource_name") ||
	        strpbrk(route_text_at(o, "resource_name"), "/?#%")) /* it becomes part of a URL */
		return NULL;
	return json_pack("{ss ss ss ss}", "way", "own", "stack", route_text_at(o, "stack_id"),
	        "resource", route_text_at(o, "resource_name"), "method", "POST");
}

json_t *signal_route(const json_t *o)
{
	const char *url = *route_text_at(o, "signal_id") ? route_text_at(o, "signal_id")
	                                                 : route_text_at(o, "alarm_url");
	const char *verb = route_text_at(o, "signal_verb");

	/* A login requires both auth_url and user_id. */
	if ((*route_text_at(o, "queue_id") || *route_text_at(o, "auth_url")) &&
	        !(*route_text_at(o, "auth_url") && *route_text_at(o, "user_id")))
		return NULL;
	if (*route_text_at(o, "queue_id"))
		return json_pack("{ss ss so}", "way", "zaqar", "queue",
		        route_text_at(o, "queue_id"), "user", build_route_user(o));
	if (*route_text_at(o, "auth_url"))
		return build_heat_route(o);
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return build_own_route(o);
	/* Default methods: PUT for a wait condition, POST for a deployment. */
	if (!*verb)
		verb = *route_text_at(o, "signal_id") ? "POST" : "PUT";
	return json_pack("{ss ss ss}", "way", "url", "url", url, "method",
	        strcmp(verb, "PUT") == 0 ? "PUT" : "POST");
}
