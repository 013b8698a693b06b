/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/instance_id.h"

#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/http/http.h"
#include "heat/api/cfn.h"

enum { FILE_MAX = 1 << 20, TIMEOUT_S = 3 };

static const char *const files[] = { "/var/lib/heat-cfntools/nova_meta.json",
	"/var/lib/prehup/instance.json" };

struct asking {
	struct loop loop;
	struct http http;
	struct http_request rq;
	char *ret;
};

static bool take(char ret[static INSTANCE_ID], const char *text, size_t len)
{
	json_auto_t *o =
	        cfn_shallow(text, len) ? json_loadb(text, len, JSON_ALLOW_NUL, NULL) : NULL;
	const char *uuid = json_string_value(json_object_get(o, "uuid"));

	return uuid && *uuid && snprintf(ret, INSTANCE_ID, "%s", uuid) < INSTANCE_ID;
}

static void answered(struct http_request *rq, const char *answer, size_t len)
{
	struct asking *a = container_of(rq, struct asking, rq);

	if (rq->error < 0 || rq->status != 200 || !take(a->ret, answer, len))
		*a->ret = '\0';
	loop_stop(&a->loop);
}

static void ask_nova(char ret[static INSTANCE_ID], const struct conf *cf)
{
	char url[CONF_STR + 64];
	struct asking a = { .ret = ret };

	*ret = '\0';
	(void)snprintf(
	        url, sizeof(url), "%s/openstack/latest/meta_data.json", cf->metadata_service);
	if (!*cf->metadata_service || loop_open(&a.loop) < 0)
		return;
	if (http_open(&a.http, &a.loop) == 0) {
		a.rq.method = "GET";
		a.rq.url = url;
		a.rq.timeout_s = TIMEOUT_S;
		a.rq.direct = true;
		a.rq.done = answered;
		if (http_start(&a.http, &a.rq) == 0)
			(void)loop_run(&a.loop);
		http_cancel(&a.rq);
	}
	http_close(&a.http);
	loop_close(&a.loop);
}

static void host_name(char ret[static INSTANCE_ID])
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME };
	struct addrinfo *all = NULL;

	if (gethostname(ret, INSTANCE_ID - 1) < 0)
		(void)snprintf(ret, INSTANCE_ID, "localhost");
	ret[INSTANCE_ID - 1] = '\0';
	if (getaddrinfo(ret, NULL, &hints, &all) == 0 && all->ai_canonname)
		(void)snprintf(ret, INSTANCE_ID, "%s", all->ai_canonname);
	if (all)
		freeaddrinfo(all);
}

void instance_id(char ret[static INSTANCE_ID], const struct conf *cf)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *text = NULL;
		size_t len;

		if (path_read(files[i], FILE_MAX, &text, &len) == 0 && take(ret, text, len))
			return;
	}
	ask_nova(ret, cf);
	if (!*ret)
		host_name(ret);
}
