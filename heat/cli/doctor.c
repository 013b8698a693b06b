/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/doctor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/cli/options.h"
#include "heat/cli/doctor_guest.h"
#include "heat/cli/doctor_reach.h"
#include "heat/source/poll_once.h"

static struct doctor doctor;
static char first_mistake[CONF_ERR * 2];

static void on_doctor_conf_report(struct conf_report *r, bool error, const char *line)
{
	if (error && r->errors == 1)
		STR_COPY(first_mistake, line);
	else if (!error)
		doctor_note(&doctor, "configuration", line);
}

/*
 * Reports a failure after the first address has answered: either the address in Keystone's catalogue does not answer,
 * or the connection breaks in the middle of an answer.
 */
static void report_unreachable(const struct poll_trial *t)
{
	if (strstr(t->why, "esolve"))
		doctor_fault(&doctor, DOCTOR_DNS, "dns", t->why,
		        "Keystone's catalogue names an address that this guest does not know: the "
		        "public endpoint is the operator's to mend");
	else if (strstr(t->why, "onnect to"))
		doctor_fault(&doctor, DOCTOR_TCP, "tcp", t->why,
		        "nothing listens there, or a firewall rejects it: compare with the public "
		        "endpoint in Keystone's catalogue");
	else
		doctor_fault(&doctor, DOCTOR_SERVICE, "service", t->why,
		        "the connection ends in the middle of the answer: the service, or a proxy "
		        "before it, dies");
}

/* The step, exit status and remedy for each state of a source. */
static const struct {
	const char *state, *step;
	enum doctor_status status;
	const char *remedy;
} known[] = {
	{ "policy", "policy", DOCTOR_POLICY,
	        "in Heat's policy.yaml: \"cloudformation:DescribeStackResource\": "
	        "\"rule:allow_everybody\"; or software_config_transport: POLL_SERVER_HEAT, "
	        "which "
	        "needs none" },
	{ "forbidden", "resource", DOCTOR_RESOURCE,
	        "name the resource whose credentials these are ([heat] resource, a hook's "
	        "path), or allow it by OS::Heat::AccessPolicy" },
	{ "no-stack", "stack", DOCTOR_STACK,
	        "compare the stack's name or id with openstack stack list; one that was "
	        "deleted leaves its guests behind" },
	{ "no-resource", "resource", DOCTOR_RESOURCE,
	        "compare with openstack stack resource list" },
	{ "engine-down", "heat", DOCTOR_HEAT,
	        "the operator must repair heat-engine, its message queue, Keystone" },
	{ "busy", "heat", DOCTOR_HEAT, "prehup retries with back-off" },
	{ "garbled", "metadata", DOCTOR_METADATA, "see what answers at the URL" },
	{ "too-large", "metadata", DOCTOR_METADATA, "metadata of this size is rejected" },
	{ "unreadable", "metadata", DOCTOR_METADATA, "see the file" },
	{ "wrong-url", "service", DOCTOR_SERVICE, "see the URL: its port, and its path" },
	{ "not-configured", "configuration", DOCTOR_CONFIGURATION, "" },
	{ "tls", "tls", DOCTOR_TLS, "[heat] ca-file names the authority that is trusted" },
	{ "timeout", "service", DOCTOR_SERVICE, "the service hangs: the operator must repair it" },
};

enum doctor_status doctor_cause(const char *state, int error)
{
	if (strcmp(state, "ok") == 0)
		return DOCTOR_OK;
	if (strcmp(state, "unreachable") == 0)
		return error == -EHOSTUNREACH   ? DOCTOR_DNS
		       : error == -ECONNREFUSED ? DOCTOR_TCP
		                                : DOCTOR_SERVICE;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(state, known[i].state) == 0)
			return known[i].status;
	return DOCTOR_AUTHENTICATION;
}

static void report_source_failure(const struct poll_trial *t, enum source_kind kind, long skew_s)
{
	char remedy[500];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(t->state, known[i].state) == 0) {
			doctor_fault(
			        &doctor, known[i].status, known[i].step, t->why, known[i].remedy);
			return;
		}
	}
	if (strcmp(t->state, "unreachable") == 0) {
		report_unreachable(t);
		return;
	}
	(void)snprintf(remedy, sizeof(remedy), "%s",
	        kind == SOURCE_CFN
	                ? "the stack may be gone, and its keys with it; else compare the access "
	                  "key "
	                  "(credential-file) with the stack's. When every guest gets this answer, "
	                  "Keystone refuses Heat itself (its fix of CVE-2025-65073 wants a service "
	                  "token on /v3/ec2tokens): the operator must update Heat"
	        : kind == SOURCE_REQUEST
	                ? "the temporary URL has expired or its key has changed: update the stack"
	                : "the stack may be gone, and its user with it; else compare user and "
	                  "project with what Heat has put into the metadata");
	if (labs(skew_s) > 900 && kind == SOURCE_CFN)
		doctor_fault(&doctor, DOCTOR_CLOCK, "clock", t->why, "set the clock");
	else
		doctor_fault(&doctor, DOCTOR_AUTHENTICATION, "authentication", t->why, remedy);
}

/* Checks from an unauthenticated answer which service is at the URL. */
static bool check_service(const struct source *src, const struct doctor_answer *a)
{
	char cause[200];
	const char *want = NULL;

	if (src->kind == SOURCE_CFN && !strstr(a->body, "IncompleteSignature") &&
	        !strstr(a->body, "MissingAuthenticationToken"))
		want = "Heat's CFN API (URL ending in /v1/, port 8000 as a rule)";
	if ((src->kind == SOURCE_HEAT || src->kind == SOURCE_ZAQAR) &&
	        (a->status != 200 || !strstr(a->body, "\"version\"")))
		want = "Keystone v3 (auth_url, port 5000 as a rule)";
	if (!want) {
		doctor_ok(&doctor, "service", "%s",
		        src->kind == SOURCE_CFN       ? "Heat's CFN API"
		        : src->kind == SOURCE_REQUEST ? "an HTTP server"
		                                      : "Keystone v3");
		return true;
	}
	(void)snprintf(cause, sizeof(cause), "HTTP %ld, and not what %s says", a->status, want);
	doctor_fault(&doctor, a->status >= 500 ? DOCTOR_HEAT : DOCTOR_SERVICE, "service", cause,
	        a->status >= 500 ? "the service fails: the operator must repair it"
	                         : "see the URL: its port, and its path");
	return false;
}

static long check_clock(const struct doctor_answer *a)
{
	long skew = a->date > 0 ? (long)(a->date - time(NULL)) : 0;
	char what[200];

	if (a->date <= 0 || labs(skew) <= 60) {
		doctor_ok(&doctor, "clock", a->date > 0 ? "%ld s off" : "the server sends no time",
		        labs(skew));
		return skew;
	}
	(void)snprintf(what, sizeof(what),
	        "this guest's clock is %ld s %s the server's; prehup signs with the server's time, "
	        "requests of other programs may be rejected from 15 minutes on",
	        labs(skew), skew > 0 ? "behind" : "ahead of");
	doctor_note(&doctor, "clock", what);
	return skew;
}

static void check_metadata(const struct conf *cf, const struct poll_trial *t)
{
	json_t *prehup = json_object_get(t->doc, "prehup");
	char err[CONF_ERR];
	struct conf laid;

	if (!t->doc) {
		doctor_ok(&doctor, "metadata", "no metadata received yet");
		return;
	}
	doctor_ok(&doctor, "metadata", "%zu bytes, %zu keys, %zu deployments%s",
	        json_dumpb(t->doc, NULL, 0, JSON_COMPACT), json_object_size(t->doc),
	        json_array_size(json_object_get(t->doc, "deployments")),
	        prehup ? ", settings for prehup" : "");
	if (prehup && conf_overlay(&laid, cf, prehup, NULL, err) == 0)
		conf_free(&laid);
	else if (prehup)
		doctor_fault(&doctor, DOCTOR_METADATA, "metadata", err,
		        "correct the prehup object in the template; prehup check --metadata FILE "
		        "tells before a stack does");
	if (*t->type && strcmp(t->type, "OS::Nova::Server") != 0 &&
	        strcmp(t->type, "AWS::EC2::Instance") != 0 &&
	        strcmp(t->type, "OS::Heat::DeployedServer") != 0)
		doctor_note(&doctor, "resource",
		        "it is not a server: a stack update never changes the metadata of such a "
		        "resource, so hooks on it do not fire again");
}

static void copy_base_url(const struct source *src, char ret[static CFN_URL])
{
	char v3[KEYSTONE_URL] = "";

	if (src->kind == SOURCE_CFN)
		(void)snprintf(ret, CFN_URL, "%s?Action=DescribeStackResource", src->url);
	else if (src->kind == SOURCE_REQUEST)
		(void)snprintf(ret, CFN_URL, "%s", src->url);
	else if (keystone_v3(v3, src->user.auth_url) == 0)
		(void)snprintf(ret, CFN_URL, "%s", v3);
	else
		*ret = '\0';
}

static void check_source(const struct conf *cf, const struct source *src)
{
	static struct poll_trial t;
	static struct doctor_answer a;
	char about[CONF_STR * 2], url[CFN_URL];
	const bool remote = src->kind <= SOURCE_ZAQAR;
	long skew = 0;

	(void)snprintf(about, sizeof(about), "%s%s, resource %.200s", src->name,
	        src->standby ? " (standby)" : "", src->resource);
	doctor_about(&doctor, about);
	copy_base_url(src, url);
	if (remote && src->kind == SOURCE_CFN &&
	        (!*src->url || !*src->access_key || !*src->stack)) {
		doctor_fault(&doctor, DOCTOR_CONFIGURATION, "configuration",
		        !*src->url     ? "the URL of the CFN API is not configured"
		        : !*src->stack ? "no stack is configured"
		                       : "no credentials are configured",
		        "cfn-hup.conf, its credential-file and "
		        "/var/lib/heat-cfntools/cfn-metadata-server say so on a guest that Heat "
		        "has "
		        "set up");
		return;
	}
	if (remote && !doctor_reach(&doctor, cf, url, &a))
		return;
	if (remote) {
		skew = check_clock(&a);
		if (!check_service(src, &a))
			return;
	}
	poll_once(&t, cf, src);
	if (strcmp(t.state, "ok") != 0) {
		report_source_failure(&t, src->kind, skew);
		return;
	}
	if (remote)
		doctor_ok(&doctor, "authentication", "accepted; policy, stack and resource too");
	check_metadata(cf, &t);
}

int command_doctor(int argc, char **argv)
{
	struct conf_report report = { .say = on_doctor_conf_report };
	const char *dir = NULL;
	const struct option_entry entries[] = {
		{ 'c', "config", "DIR", "folder of cfn-hup's hooks, or of its configuration",
		        .text = &dir },
		{ 'j', "json", NULL, "print JSON", .flag = &doctor.json },
		{ 0 },
	};
	struct conf cf;
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup doctor", .entry = entries });

	if (r >= 0)
		return r;
	(void)signal(SIGPIPE, SIG_IGN); /* a connection closed by the server is a finding */
	log_open(LOG_EMERG);            /* each problem is reported once, by the doctor */
	doctor_about(&doctor, "configuration");
	if (conf_load(&cf, CONF_START, dir, &report) < 0 || report.errors)
		doctor_fault(&doctor, DOCTOR_CONFIGURATION, "files", first_mistake,
		        "correct it; prehup check lists every error");
	else if (!cf.source_count)
		doctor_fault(&doctor, DOCTOR_CONFIGURATION, "sources",
		        "no source of metadata is configured",
		        "Heat leaves /etc/cfn/cfn-hup.conf, /var/lib/heat-cfntools or "
		        "os-collect-config.conf on a guest; without cloud-init the daemon reads "
		        "user-data itself; else see SOURCES in prehup.conf(5)");
	else
		doctor_ok(&doctor, "sources", "%u, %u hooks, %u signals", cf.source_count,
		        cf.hook_count, cf.target_count);
	for (unsigned i = 0; i < cf.source_count; i++)
		if (cf.source[i].kind != SOURCE_EC2)
			check_source(&cf, &cf.source[i]);
	doctor_guest(&doctor, &cf);
	conf_free(&cf);
	return doctor_end(&doctor);
}
