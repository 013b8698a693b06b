/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/bootstrap.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/backoff.h"
#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"
#include "heat/api/cfn.h"
#include "heat/instance/configdrive.h"

static const char folder[] = PATH_HEAT;

enum { TIMEOUT_S = 20, FIRST_RETRY_S = 5, SLOWEST_RETRY_S = 300 };

/* The documents to read, by their path on the metadata service and on the config drive. */
static const struct {
	const char *url, *file;
	bool is_meta, is_fallback; /* is_fallback: read only if the documents before had no part */
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
		"/etc/cloud/cloud.cfg", PATH_CLOUD_INIT_DATA, PATH_HEAT_INIT_DATA,
		PATH_HEAT_SERVER };

	if (!lacking || cf->bootstrap == BOOTSTRAP_NO)
		return false;
	for (size_t i = 0; cf->bootstrap == BOOTSTRAP_AUTO && i < ARRAY_SIZE(others); i++)
		if (path_exists(others[i]))
			return false;
	return true;
}

/* Rejects empty parts and, as Heat's part handler does, a cfn-init-data that is not JSON: it would stop the guest. */
static bool is_acceptable_part(const char *name, const char *data, size_t len)
{
	json_auto_t *root = NULL;

	if (strcmp(name, "cfn-init-data") != 0)
		return len > 0;
	root = cfn_shallow(data, len) ? json_loadb(data, len, JSON_ALLOW_NUL, NULL) : NULL;
	return json_is_object(root);
}

static void write_userdata_part(
        struct userdata_sink *s, const char *name, const char *data, size_t len)
{
	struct bootstrap *b = container_of(s, struct bootstrap, sink);
	char path[PATH_MAX], full[PATH_MAX];
	int r;

	if (!is_acceptable_part(name, data, len)) {
		log_warn("bootstrap: %s: %s is not in the form that Heat writes, and is skipped",
		        b->from, name);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	r = path_mkdir(folder);
	if (r == 0)
		r = path_write(path, data, len);
	if (r == 0 && strcmp(name, "cfn-userdata") == 0 && path_full(full, path) == 0)
		(void)chmod(full, 0700); /* a script; Heat's part handler sets this mode */
	if (r < 0)
		log_warn("bootstrap: %s: %s", path, strerror(-r));
	else
		b->parts++;
}

/* Records the names of the instance, but not the keys, passwords and seeds beside them. */
static void write_instance_record(const char *text, size_t len, const char *from)
{
	json_auto_t *root = cfn_shallow(text, len) ? json_loadb(text, len, 0, NULL) : NULL;
	json_auto_t *o = NULL;

	if (!json_is_object(root))
		return;
	o = json_pack("{ss sO* sO* sO*}", "source", from, "uuid", json_object_get(root, "uuid"),
	        "name", json_object_get(root, "name"), "hostname",
	        json_object_get(root, "hostname"));
	if (o && path_mkdir(PATH_STATE) == 0)
		(void)jsonfile_write(PATH_INSTANCE_FILE, o);
}

static void process_step_answer(struct bootstrap *b, unsigned step, const char *text, size_t len)
{
	int r;

	if (steps[step].is_meta) {
		write_instance_record(text, len, b->from);
		return;
	}
	r = userdata_unpack(text, len, &b->sink);
	if (r == -EPROTONOSUPPORT)
		log_warn("bootstrap: %s: compressed user-data is not read", b->from);
	else if (r < 0)
		log_warn("bootstrap: %s: %s", b->from, strerror(-r));
}

static void retry_bootstrap(struct bootstrap *b)
{
	const double wait_s = backoff_s(FIRST_RETRY_S, SLOWEST_RETRY_S, ++b->failures);

	if (!b->is_logged)
		log_notice(
		        "bootstrap: no user-data of Heat found: no config drive, and the metadata "
		        "service %s; retrying",
		        *b->why ? b->why : "has none");
	b->is_logged = true;
	(void)loop_timer_start(b->loop, &b->timer, (uint64_t)(wait_s * 1000), 0);
}

static void finish_bootstrap_pass(struct bootstrap *b)
{
	b->busy = false;
	if (!b->parts) {
		retry_bootstrap(b);
		return;
	}
	log_info("bootstrap: wrote %u files from the %s", b->parts, b->from);
	b->found(b);
}

static void request_next_step(struct bootstrap *b);

static void handle_metadata_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct bootstrap *b = container_of(rq, struct bootstrap, rq);

	if (rq->error == 0 && rq->status == 200)
		process_step_answer(b, b->step, answer, len);
	else if (rq->error < 0)
		(void)snprintf(b->why, sizeof(b->why), "does not answer (%.200s)", rq->why);
	/* Without a service the other requests would fail as well. */
	b->step = rq->error < 0 ? STEPS : b->step + 1;
	request_next_step(b);
}

/* Requests the next document from the metadata service; finishes the pass after the last one. */
static void request_next_step(struct bootstrap *b)
{
	while (b->step < STEPS && steps[b->step].is_fallback && b->parts)
		b->step++;
	if (b->step >= STEPS) {
		finish_bootstrap_pass(b);
		return;
	}
	(void)snprintf(b->url, sizeof(b->url), "%s%s", b->service, steps[b->step].url);
	b->rq.method = "GET";
	b->rq.url = b->url;
	b->rq.timeout_s = TIMEOUT_S;
	b->rq.direct = true;
	b->rq.done = handle_metadata_answer;
	if (http_start(b->http, &b->rq) < 0)
		finish_bootstrap_pass(b);
}

static bool read_bootstrap_drive(struct bootstrap *b)
{
	struct configdrive d;
	int r = configdrive_open(&d);

	if (r < 0) {
		if (r != -ENOENT && !b->is_logged)
			log_warn("bootstrap: the config drive cannot be mounted: %s", strerror(-r));
		return false;
	}
	b->from = "config drive";
	for (unsigned i = 0; i < STEPS; i++) {
		auto_free char *text = NULL;
		size_t len;

		if (steps[i].is_fallback && b->parts)
			continue;
		if (configdrive_read(&d, steps[i].file, USERDATA_MAX, &text, &len) == 0)
			process_step_answer(b, i, text, len);
	}
	configdrive_close(&d);
	return b->parts > 0;
}

static void start_bootstrap_pass(struct bootstrap *b)
{
	b->busy = true;
	b->step = 0;
	b->parts = 0;
	b->why[0] = '\0';
	if (read_bootstrap_drive(b)) {
		finish_bootstrap_pass(b);
		return;
	}
	b->from = "metadata service";
	request_next_step(b);
}

static void on_bootstrap_timer(struct loop_timer *t, uint64_t missed)
{
	(void)missed;
	start_bootstrap_pass(container_of(t, struct bootstrap, timer));
}

void bootstrap_start(struct bootstrap *b, struct loop *l, struct http *h, const struct conf *cf)
{
	if (b->loop)
		return; /* already started */
	b->loop = l;
	b->http = h;
	b->sink.part = write_userdata_part;
	b->timer = (struct loop_timer){ .io = { .fd = -1 }, .fired = on_bootstrap_timer };
	b->failures = 0;
	b->is_logged = false;
	STR_COPY(b->service, cf->metadata_service);
	if (loop_timer_start(l, &b->timer, 0, 0) < 0) /* re-arming cannot fail */
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
