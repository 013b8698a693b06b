/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/compat/services.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

#include "agent/base/backoff.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"

/* A service manager that hangs must not stop the checks for good. */
enum { SERVICE_TIMEOUT_S = 120, LONGEST_PAUSE_S = 3600 };

static void step_service(struct services *s);
static void check_next_service(struct services *s);

/* Returns true for true, 1, and "true", "yes", "1" in any case, as heat-cfntools does. */
static bool is_json_true(const json_t *v)
{
	char word[8];

	if (json_is_true(v))
		return true;
	if (json_is_integer(v))
		return json_integer_value(v) == 1;
	if (!json_is_string(v) || sscanf(json_string_value(v), " %7s", word) != 1)
		return false;
	return strcasecmp(word, "true") == 0 || strcasecmp(word, "yes") == 0 ||
	       strcmp(word, "1") == 0;
}

/* Returns true if a name needs no quoting in a shell command. */
static bool is_plain_service_name(const char *name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                           "0123456789_.@:+-";

	return *name && *name != '-' && strlen(name) < SERVICE_NAME &&
	       strspn(name, good) == strlen(name);
}

unsigned services_wanted(const json_t *metadata, const char *ret[static SERVICES_MAX])
{
	static const char *const managers[] = { "sysvinit", "systemd" };
	json_t *init = json_object_get(metadata, "AWS::CloudFormation::Init"), *list, *v;
	const char *name;
	unsigned n = 0;

	if (json_object_size(init) == 0)
		init = (json_t *)(uintptr_t)metadata;
	list = json_object_get(json_object_get(init, "config"), "services");
	for (size_t i = 0; i < ARRAY_SIZE(managers); i++) {
		json_object_foreach (json_object_get(list, managers[i]), name, v)
			if (n < SERVICES_MAX && is_plain_service_name(name) &&
			        is_json_true(json_object_get(v, "ensureRunning")))
				ret[n++] = name;
	}
	return n;
}

/* Formats "systemctl start X.service" or "service X start", depending on the system. */
static int format_service_command(char *ret, size_t size, const char *name, const char *verb)
{
	static const char *const old[] = { "/sbin/service", "/usr/sbin/service" };

	if (path_exists("/bin/systemctl"))
		return snprintf(
		        ret, size, "%s/bin/systemctl %s %s.service", path_root(), verb, name);
	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		if (path_exists(old[i]))
			return snprintf(ret, size, "%s%s %s %s", path_root(), old[i], name, verb);
	return -ENOENT;
}

static int run_service_command(struct services *s, const char *verb)
{
	char text[PATH_MAX + SERVICE_NAME + 32];
	const struct service *v = &s->service[s->to_check[s->at]];
	int r = format_service_command(text, sizeof(text), v->name, verb);
	const struct child_spec spec = {
		.command = text, .umask = 022, .timeout_s = SERVICE_TIMEOUT_S
	};

	return r < 0 ? r : child_start(&s->child, s->loop, &spec);
}

static void next_service(struct services *s)
{
	s->at++;
	s->starting = false;
	step_service(s);
}

/* Starts a stopped service, unless it was restarted too often in a row. */
static void start_service(struct services *s, struct service *v)
{
	uint64_t now_ms = loop_now();
	unsigned over = v->restarts >= s->conf->service_max_restarts
	                        ? v->restarts - s->conf->service_max_restarts + 1
	                        : 0;

	if (v->pause_ms > now_ms) {
		next_service(s);
		return;
	}
	if (over) {
		const double pause_s = backoff_s(s->conf->interval_s, LONGEST_PAUSE_S, over + 1);

		v->pause_ms = now_ms + (uint64_t)pause_s * 1000;
		log_warn("service %s: stopped again after %u restarts; next start in %.0f s at the "
		         "earliest",
		        v->name, v->restarts, pause_s);
	}
	log_notice("Restarting service %s", v->name);
	v->restarts++;
	s->starting = true;
	if (run_service_command(s, "start") < 0)
		next_service(s);
}

static void on_service_command_end(struct child *c, const struct child_result *res)
{
	struct services *s = container_of(c, struct services, child);
	struct service *v = &s->service[s->to_check[s->at]];
	int rc = WIFEXITED(res->status) ? WEXITSTATUS(res->status) : 128 + WTERMSIG(res->status);

	if (!s->starting && rc == 0) {
		v->restarts = 0;
		v->pause_ms = 0;
		next_service(s);
	} else if (!s->starting) {
		start_service(s, v);
	} else {
		v->last_rc = rc;
		if (rc)
			log_warn("service %s: start failed (exit status %d)", v->name, rc);
		if (s->restarted)
			s->restarted(s, s->resource, v->name, rc);
		next_service(s);
	}
}

/* Queries the next service, or ends the round. */
static void step_service(struct services *s)
{
	while (s->at < s->count) {
		int r = run_service_command(s, "status");

		if (r == 0)
			return;
		if (!s->is_fault_logged)
			log_warn("services: cannot check any: %s",
			        r == -ENOENT ? "neither systemctl nor service is installed"
			                     : strerror(-r));
		s->is_fault_logged = true;
		s->at++;
	}
	check_next_service(s);
}

/* Returns the index of a service, which is added if it is new; -1: too many. */
static int find_service(struct services *s, const char *name)
{
	for (unsigned i = 0; i < s->known; i++)
		if (strcmp(s->service[i].name, name) == 0)
			return (int)i;
	if (s->known == SERVICES_MAX)
		return -1;
	s->service[s->known] = (struct service){ .last_rc = -1 };
	(void)snprintf(s->service[s->known].name, SERVICE_NAME, "%s", name);
	return (int)s->known++;
}

void services_open(struct services *s, struct loop *l)
{
	s->loop = l;
	s->child.done = on_service_command_end;
}

static void begin_service_round(struct services *s, const char *resource, const json_t *metadata)
{
	const char *names[SERVICES_MAX];
	unsigned n = services_wanted(metadata, names);

	s->count = s->at = 0;
	s->starting = false;
	STR_COPY(s->resource, resource);
	for (unsigned i = 0; i < n; i++) {
		int at = find_service(s, names[i]);

		if (at >= 0)
			s->to_check[s->count++] = (unsigned)at;
	}
	s->busy = true;
	step_service(s);
}

static void wait_for_turn(struct services *s, const char *resource, json_t *metadata)
{
	unsigned i = 0;

	while (i < s->wait_count && strcmp(s->wait[i].resource, resource) != 0)
		i++;
	if (i == SERVICES_WAIT)
		return; /* the next poll adds it again */
	if (i == s->wait_count)
		s->wait_count++;
	else
		json_decref(s->wait[i].metadata);
	STR_COPY(s->wait[i].resource, resource);
	s->wait[i].metadata = json_incref(metadata);
}

void services_check(
        struct services *s, const struct conf *cf, const char *resource, json_t *metadata)
{
	const char *names[SERVICES_MAX];

	s->conf = cf;
	if (services_wanted(metadata, names) == 0)
		return;
	if (s->busy)
		wait_for_turn(s, resource, metadata);
	else
		begin_service_round(s, resource, metadata);
}

/* Ends the round, and starts that of the next waiting resource. */
static void check_next_service(struct services *s)
{
	char resource[CONF_STR];
	json_auto_t *metadata = NULL;

	s->busy = false;
	if (s->wait_count == 0)
		return;
	memcpy(resource, s->wait[0].resource, sizeof(resource));
	metadata = s->wait[0].metadata;
	memmove(&s->wait[0], &s->wait[1], --s->wait_count * sizeof(s->wait[0]));
	begin_service_round(s, resource, metadata);
}

json_t *services_status(const struct services *s)
{
	json_t *list = json_array();

	for (const struct service *v = s->service; v < s->service + s->known; v++)
		(void)json_array_append_new(
		        list, json_pack("{ss sI so}", "name", v->name, "restarts",
		                      (json_int_t)v->restarts, "last_start",
		                      v->last_rc < 0 ? json_null() : json_integer(v->last_rc)));
	return list;
}

void services_close(struct services *s)
{
	if (s->busy)
		child_forget(&s->child);
	s->busy = false;
	while (s->wait_count)
		json_decref(s->wait[--s->wait_count].metadata);
}
