/* SPDX-License-Identifier: Apache-2.0 */
/* deployment.c - any JSON as an item of `deployments`, its result, and the way its signal takes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "heat/api/cfn.h"
#include "heat/api/heat_api.h"
#include "heat/api/presigned.h"
#include "heat/deploy/deploy_item.h"
#include "heat/signal/signals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void road(const json_t *inputs)
{
	json_t *o = signal_route(inputs);
	const char *way = deploy_text(o, "way"), *url = deploy_text(o, "url");
	const struct sign_key key = { "a", "s" };
	char stack[64], resource[64], out[1024];

	if (o && strcmp(way, "url") != 0 && strcmp(way, "heat") != 0 && strcmp(way, "zaqar") != 0 &&
	        strcmp(way, "own") != 0)
		abort();
	if (strcmp(way, "own") == 0 &&
	        (!*deploy_text(o, "resource") || strpbrk(deploy_text(o, "resource"), "/?#%")))
		abort();
	if (strcmp(way, "url") == 0 && strncmp(url, "http", 4) != 0)
		abort();
	if (strcmp(way, "heat") == 0)
		(void)heat_api_url(out, sizeof(out), "http://h", deploy_text(o, "stack"),
		        deploy_text(o, "resource"), "/signal");
	if (heat_api_from_arn(url, stack, sizeof(stack), resource, sizeof(resource)) == 0 &&
	        (!strchr(stack, '/') || strchr(resource, '/') || !*resource))
		abort();
	(void)presigned_renew(out, sizeof(out), url, "PUT", &key, 0);
	json_decref(o);
}

static void signal_of(const json_t *result)
{
	for (int script = 0; script < 2; script++) {
		json_t *s = deploy_signal(result, script);

		if (!json_is_object(s) ||
		        json_dumpb(s, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII) > DEPLOY_BODY_MAX)
			abort();
		json_decref(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char key[DEPLOY_KEY], name[32];
	json_t *item, *plain, *inputs;
	const char *why = NULL;

	if (!cfn_shallow((const char *)data, size))
		return 0;
	item = json_loadb((const char *)data, size, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
	if (!item)
		return 0;
	if (deploy_key(key, item) == 0 && (!*key || *key == '.' || strchr(key, '/')))
		abort();
	deploy_hook_name(name, sizeof(name), deploy_text(item, "group"));
	if (strpbrk(name, "./"))
		abort();
	plain = deploy_for_hook(item, &why);
	if (!plain && !why)
		abort();
	inputs = deploy_inputs(plain);
	road(inputs);
	road(item);
	signal_of(item);
	json_decref(inputs);
	json_decref(plain);
	json_decref(item);
	return 0;
}
