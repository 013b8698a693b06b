/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/bootstrap.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"
#include "heat/api/cfn.h"
#include "heat/instance/configdrive.h"

static const char folder[] = "/var/lib/heat-cfntools";
static const char instance_file[] = "/var/lib/prehup/instance.json";

enum { TIMEOUT_S = 20, FIRST_RETRY_S = 5, SLOWEST_RETRY_S = 300 };

/* What is asked for, in the service's words and in the drive's. */
static const struct {
	const char *url, *file;
	bool is_meta, alone; /* alone: only when what stands before has not been found */
} steps[] = {
	{ "/openstack/latest/meta_data.json", "openstack/latest/meta_data.json", true, false },
	{ "/openstack/latest/user_data", "openstack/latest/user_data", false, false },
	{ "/latest/user-data", "ec2/latest/user-data", false, true },
	{ "/openstack/latest/vendor_data.json", "openstack/latest/vendor_data.json", false, true },
	{ "/openstack/latest/vendor_data2.json", "openstack/latest/vendor_data2.json", false,
	        true },
};

enum { STEPS = ARRAY_SIZE(steps) };

bool bootstrap_wanted(const struct conf *cf, bool lacking)
{
	static const char *const others[] = { "/usr/bin/cloud-init", "/usr/lib/cloud-init",
		"/etc/cloud/cloud.cfg", "/var/lib/cloud/data/cfn-init-data",
		"/var/lib/heat-cfntools/cfn-init-data",
		"/var/lib/heat-cfntools/cfn-metadata-server" };

	if (!lacking || cf->bootstrap == BOOTSTRAP_NO)
		return false;
	for (size_t i = 0; cf->bootstrap == BOOTSTRAP_AUTO && i < ARRAY_SIZE(others); i++)
		if (path_exists(others[i]))
			return false;
	return true;
}

/* Heat's own rule for such a file: bad JSON in it would stop the guest for good. */
static bool acceptable(const char *name, const char *data, size_t len)
{
	json_auto_t *root = NULL;

	if (strcmp(name, "cfn-init-data") != 0)
		return len > 0;
	root = cfn_shallow(data, len) ? json_loadb(data, len, JSON_ALLOW_NUL, NULL) : NULL;
	return json_is_object(root);
}

static void part(struct userdata_sink *s, const char *name, const char *data, size_t len)
{
	struct bootstrap *b = container_of(s, struct bootstrap, sink);
	char path[PATH_MAX], full[PATH_MAX];
	int r;

	if (!acceptable(name, data, len)) {
		log_warn("bootstrap: %s: %s is not what Heat writes, and is passed over", b->from,
		        name);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	r = path_mkdir(folder);
	if (r == 0)
		r = path_write(path, data, len);
	if (r == 0 && strcmp(name, "cfn-userdata") == 0 && path_full(full, path) == 0)
		(void)chmod(full, 0700); /* a script, as Heat's part handler leaves it */
	if (r < 0)
		log_warn("bootstrap: %s: %s", path, strerror(-r));
	else
		b->parts++;
}

/* What the instance is called; no keys, passwords or seeds. */
static void take_meta(const char *text, size_t len, const char *from)
{
	json_auto_t *root = cfn_shallow(text, len) ? json_loadb(text, len, 0, NULL) : NULL;
	json_auto_t *o = NULL;

	if (!json_is_object(root))
		return;
	o = json_pack("{ss sO* sO* sO*}", "source", from, "uuid", json_object_get(root, "uuid"),
	        "name", json_object_get(root, "name"), "hostname",
	        json_object_get(root, "hostname"));
	if (o && path_mkdir("/var/lib/prehup") == 0)
		(void)jsonfile_write(instance_file, o);
}

static void take(struct bootstrap *b, unsigned step, const char *text, size_t len)
{
	int r;

	if (steps[step].is_meta) {
		take_meta(text, len, b->from);
		return;
	}
	r = userdata_unpack(text, len, &b->sink);
	if (r == -EPROTONOSUPPORT)
		log_warn("bootstrap: %s: compressed user-data is not read", b->from);
	else if (r < 0)
		log_warn("bootstrap: %s: %s", b->from, strerror(-r));
}

static void again(struct bootstrap *b)
{
	uint64_t wait_s = FIRST_RETRY_S;

	for (unsigned i = 0; i < b->failures && wait_s < SLOWEST_RETRY_S; i++)
		wait_s *= 2;
	b->failures++;
	if (!b->told)
		log_notice("bootstrap: no user-data of Heat's: no config drive, and the metadata "
		           "service %s; looked for again",
		        *b->why ? b->why : "has none");
	b->told = true;
	if (loop_timer_start(b->loop, &b->timer, wait_s * 1000, 0) < 0)
		log_err("bootstrap: no timer; a reload tries again");
}

static void finish(struct bootstrap *b)
{
	b->busy = false;
	if (!b->parts) {
		again(b);
		return;
	}
	log_info("bootstrap: %u files from the %s", b->parts, b->from);
	b->found(b);
}

static void next(struct bootstrap *b);

static void answered(struct http_request *rq, const char *answer, size_t len)
{
	struct bootstrap *b = container_of(rq, struct bootstrap, rq);

	if (rq->error == 0 && rq->status == 200)
		take(b, b->step, answer, len);
	else if (rq->error < 0)
		(void)snprintf(b->why, sizeof(b->why), "does not answer (%.200s)", rq->why);
	b->step = rq->error < 0 ? STEPS
	                        : b->step + 1; /* nobody there: it is not asked four times more */
	next(b);
}

/* The next thing to ask the metadata service for. */
static void next(struct bootstrap *b)
{
	while (b->step < STEPS && steps[b->step].alone && b->parts)
		b->step++;
	if (b->step >= STEPS) {
		finish(b);
		return;
	}
	(void)snprintf(b->url, sizeof(b->url), "%s%s", b->service, steps[b->step].url);
	b->rq.method = "GET";
	b->rq.url = b->url;
	b->rq.timeout_s = TIMEOUT_S;
	b->rq.direct = true;
	b->rq.done = answered;
	if (http_start(b->http, &b->rq) < 0)
		finish(b);
}

static bool from_drive(struct bootstrap *b)
{
	struct configdrive d;
	int r = configdrive_open(&d);

	if (r < 0) {
		if (r != -ENOENT && !b->told)
			log_warn("bootstrap: the config drive cannot be mounted: %s", strerror(-r));
		return false;
	}
	b->from = "config drive";
	for (unsigned i = 0; i < STEPS; i++) {
		auto_free char *text = NULL;
		size_t len;

		if (steps[i].alone && b->parts)
			continue;
		if (configdrive_read(&d, steps[i].file, USERDATA_MAX, &text, &len) == 0)
			take(b, i, text, len);
	}
	configdrive_close(&d);
	return b->parts > 0;
}

static void attempt(struct bootstrap *b)
{
	b->busy = true;
	b->step = 0;
	b->parts = 0;
	b->why[0] = '\0';
	if (from_drive(b)) {
		finish(b);
		return;
	}
	b->from = "metadata service";
	next(b);
}

static void fired(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	attempt(container_of(t, struct bootstrap, timer));
}

void bootstrap_start(struct bootstrap *b, struct loop *l, struct http *h, const struct conf *cf)
{
	if (b->loop)
		return; /* at it already */
	b->loop = l;
	b->http = h;
	b->sink.part = part;
	b->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = fired };
	b->failures = 0;
	b->told = false;
	STR_COPY(b->service, cf->metadata_service);
	if (loop_timer_start(l, &b->timer, 0, 0) < 0)
		log_err("bootstrap: no timer");
}

void bootstrap_stop(struct bootstrap *b)
{
	if (!b->loop)
		return;
	http_cancel(&b->rq);
	loop_timer_stop(b->loop, &b->timer);
	b->loop = NULL;
}
