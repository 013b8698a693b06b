/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/keystone_user.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

json_t *keystone_user_json(const struct keystone_user *u)
{
	return json_pack("{ss ss ss ss ss ss ss}", "auth_url", u->auth_url, "user_id", u->user_id,
	        "password", u->password, "project_id", u->project_id, "app_id", u->app_id,
	        "app_secret", u->app_secret, "region", u->region);
}

void keystone_user_from(struct keystone_user *ret, const json_t *o)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} part[] = {
		{ "auth_url", ret->auth_url, sizeof(ret->auth_url) },
		{ "user_id", ret->user_id, sizeof(ret->user_id) },
		{ "password", ret->password, sizeof(ret->password) },
		{ "project_id", ret->project_id, sizeof(ret->project_id) },
		{ "app_id", ret->app_id, sizeof(ret->app_id) },
		{ "app_secret", ret->app_secret, sizeof(ret->app_secret) },
		{ "region", ret->region, sizeof(ret->region) },
	};

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(part); i++) {
		const char *s = json_string_value(json_object_get(o, part[i].key));

		(void)snprintf(part[i].to, part[i].size, "%s", s ? s : "");
	}
}
