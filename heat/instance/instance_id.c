/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/instance_id.h"

#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/json.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/http/http.h"
#include "heat/api/cfn.h"

enum { FILE_MAX = 1 << 20, TIMEOUT_S = 3 };

static const char *const files[] = { PATH_HEAT "/nova_meta.json", PATH_INSTANCE_FILE };

struct id_request {
	struct loop loop;
	struct http http;
	struct http_request rq;
	char *ret;
};

static bool copy_instance_uuid(char ret[static INSTANCE_ID], const char *text, size_t len)
{
	json_auto_t *o =
	        cfn_shallow(text, len) ? json_loadb(text, len, JSON_ALLOW_NUL, NULL) : NULL;
	const char *uuid = json_text_at(o, "uuid");

	return *uuid && snprintf(ret, INSTANCE_ID, "%s", uuid) < INSTANCE_ID;
}

static void handle_id_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct id_request *a = container_of(rq, struct id_request, rq);

	if (rq->error < 0 || rq->status != 200 || !copy_instance_uuid(a->ret, answer, len))
		*a->ret = '\0';
	loop_stop(&a->loop);
}

static void request_nova_id(char ret[static INSTANCE_ID], const struct conf *cf)
{
	char url[CONF_STR + 64];
	struct id_request a = { .ret = ret };

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
		a.rq.done = handle_id_answer;
		if (http_start(&a.http, &a.rq) == 0)
			(void)loop_run(&a.loop);
		http_cancel(&a.rq);
	}
	http_close(&a.http);
	loop_close(&a.loop);
}

static void get_full_host_name(char ret[static INSTANCE_ID])
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

		if (path_read(files[i], FILE_MAX, &text, &len) == 0 &&
		        copy_instance_uuid(ret, text, len))
			return;
	}
	request_nova_id(ret, cf);
	if (!*ret)
		get_full_host_name(ret);
}
