/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/conf_keys.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/address.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"

#define FIELD(f) offsetof(struct conf, f), sizeof(((struct conf *)0)->f)

#define ALL_COLLECTORS                                                                             \
	"memory filesystem pressure load process cpu paging disk kmsg files clock certificate "    \
	"netmount network sockets tasks watched devices cgroup smart"

/* clang-format off */
const struct conf_key conf_keys[] = {
	{ "heat", "url", CONF_TEXT, FIELD(url), "", 0, 0, NULL, false,
	  "address of the CFN API, ending in /v1/; empty: from /var/lib/heat-cfntools" },
	{ "heat", "stack", CONF_TEXT, FIELD(stack), "", 0, 0, NULL, false,
	  "name, UUID or ARN of the stack" },
	{ "heat", "resource", CONF_TEXT, FIELD(resource), "", 0, 0, NULL, false,
	  "logical name of this server; its metadata may hold prehup's settings" },
	{ "heat", "credential-file", CONF_TEXT, FIELD(credential_file), "", 0, 0, NULL, false,
	  "file with AWSAccessKeyId= and AWSSecretKey=" },
	{ "heat", "metadata-file", CONF_TEXT, FIELD(metadata_file), "", 0, 0, NULL, false,
	  "local JSON file that is read instead of polling Heat" },
	{ "heat", "ca-file", CONF_TEXT, FIELD(ca_file), "", 0, 0, NULL, false,
	  "trusted certificates; empty: the system's" },
	{ "heat", "client-cert", CONF_TEXT, FIELD(client_cert), "", 0, 0, NULL, false,
	  "client certificate with its private key in one PEM file, for servers that require one" },
	{ "heat", "proxy", CONF_TEXT, FIELD(proxy), "", 0, 0, NULL, false,
	  "proxy URL; empty: from http_proxy, https_proxy and no_proxy" },
	{ "heat", "interval", CONF_SECONDS, FIELD(interval_s), "60", 1, 86400, NULL, true,
	  "time between two polls, with a random deviation of a tenth" },
	{ "heat", "timeout", CONF_SECONDS, FIELD(timeout_s), "70", 1, 600, NULL, true,
	  "timeout of a whole request; Heat may take 60 s to report that its engine is down" },
	{ "heat", "max-backoff", CONF_SECONDS, FIELD(max_backoff_s), "3600", 1, 86400, NULL, true,
	  "longest wait between failed polls; a longer Retry-After is respected up to a day" },
	{ "heat", "splay", CONF_SECONDS, FIELD(splay_s), "1d", 0, 86400, NULL, false,
	  "limit of the random wait before the first poll; 0: no wait" },
	{ "heat", "bootstrap", CONF_ENUM, FIELD(bootstrap), "auto", 0, 0, "auto yes no", false,
	  "read user-data from config drive or metadata service; auto: on a guest without cloud-init" },
	{ "heat", "metadata-service", CONF_TEXT, FIELD(metadata_service), "http://169.254.169.254", 0, 0,
	  NULL, false, "address of Nova's metadata service" },
	{ "heat", "insecure", CONF_BOOL, FIELD(insecure), "no", 0, 0, NULL, false,
	  "do not verify the server's certificate" },
	{ "heat", "sign", CONF_ENUM, FIELD(sign), "v4", 0, 0, "v2 v4", false,
	  "version of the signature" },
	{ "heat", "sign-timestamp", CONF_BOOL, FIELD(sign_timestamp), "yes", 0, 0, NULL, false,
	  "include a time stamp with sign = v2; a signature without one never expires" },
	{ "collect", "interval", CONF_SECONDS, FIELD(collect_s), "10", 1, 3600, NULL, true,
	  "time between two ticks" },
	{ "collect", "collectors", CONF_WORDS, FIELD(collectors), ALL_COLLECTORS, 0, 0,
	  ALL_COLLECTORS, true, "the collectors that run" },
	{ "collect", "filesystems", CONF_TEXT, FIELD(filesystems), "auto", 0, 0, NULL, true,
	  "mount points to watch; auto: all local writable ones" },
	{ "collect", "certificates", CONF_TEXT, FIELD(certificates), "", 0, 0, NULL, true,
	  "files with certificates whose expiry is watched" },
	{ "collect", "processes", CONF_TEXT, FIELD(processes), "", 0, 0, NULL, true,
	  "processes that must run: unit:NAME, pidfile:PATH, comm:NAME or cgroup:PATH" },
	{ "predict", "raise", CONF_REAL, FIELD(score.raise), "0.8", 0.01, 1, NULL, true,
	  "risk at which predict.raised is sent" },
	{ "predict", "clear", CONF_REAL, FIELD(score.clear), "0.4", 0, 0.99, NULL, true,
	  "risk below which predict.cleared is sent" },
	{ "predict", "horizon", CONF_SECONDS, FIELD(score.horizon_s), "900", 10, 86400, NULL, true,
	  "the risk is that of failing within this time" },
	{ "predict", "warmup", CONF_SECONDS, FIELD(score.warmup_s), "120", 0, 86400, NULL, true,
	  "learning time of a new series, during which it has no risk" },
	{ "predict", "false-alarms", CONF_REAL, FIELD(score.false_alarms), "0", 0, 1000, NULL, true,
	  "accepted false alarms per resource in 30 days: sets raise; 0: raise is as set" },
	{ "predict", "unusual", CONF_BOOL, FIELD(score.unusual), "yes", 0, 0, NULL, true,
	  "learn the normal behaviour of each metric and of all together; an anomaly raises the risks" },
	{ "act", "hook-timeout", CONF_SECONDS, FIELD(hook_timeout_s), "3600", 1, 86400, NULL, true,
	  "time limit of a hook; it is then terminated" },
	{ "act", "hook-retries", CONF_COUNT, FIELD(hook_retries), "10", 0, 1000, NULL, true,
	  "retries of a failed hook; 0: none, like the reference" },
	{ "act", "hook-budget", CONF_COUNT, FIELD(hook_budget), "12", 0, 3600, NULL, true,
	  "limit of runs of one hook for predictions in an hour" },
	{ "act", "signal-budget", CONF_COUNT, FIELD(signal_budget), "12", 0, 3600, NULL, true,
	  "limit of signals to one target in an hour" },
	{ "act", "signal-max-age", CONF_SECONDS, FIELD(signal_max_age_s), "1d", 60, 2592000, NULL, true,
	  "time after which an undelivered signal is dropped" },
	{ "act", "metadata-hooks", CONF_BOOL, FIELD(metadata_hooks), "yes", 0, 0, NULL, false,
	  "allow metadata to define hooks" },
	{ "act", "deployments", CONF_ENUM, FIELD(deployments), "auto", 0, 0, "auto yes no", false,
	  "run software deployments; auto: unless os-collect-config's command is set" },
	{ "act", "deployment-timeout", CONF_SECONDS, FIELD(deployment_timeout_s), "4h", 0, 604800, NULL,
	  true, "time limit of a deployment; it has then failed; 0: no limit" },
	{ "act", "rerun-interrupted", CONF_BOOL, FIELD(rerun_interrupted), "no", 0, 0, NULL, true,
	  "run a deployment again that a reboot interrupted; otherwise it has failed" },
	{ "health", "listen", CONF_TEXT, FIELD(listen), "", 0, 0, NULL, true,
	  "ADDRESS:PORT or unix:PATH for /health and /metrics; empty: off" },
	{ "collect-config", "command", CONF_TEXT, FIELD(command), "", 0, 0, NULL, false,
	  "os-collect-config's command, run with OS_CONFIG_FILES" },
	{ "collect-config", "cachedir", CONF_TEXT, FIELD(cachedir), PATH_OCC_STATE, 0, 0,
	  NULL, false, "folder of the collected files" },
	{ "collect-config", "backup-cachedir", CONF_TEXT, FIELD(backup_cachedir),
	  "/var/run/os-collect-config", 0, 0, NULL, false, "folder of a copy of the files" },
	{ "compat", "hooks-all-files", CONF_BOOL, FIELD(hooks_all_files), "no", 0, 0, NULL, false,
	  "read backup and hidden files in hooks.d too" },
	{ "compat", "strict-ini", CONF_BOOL, FIELD(strict_ini), "no", 0, 0, NULL, false,
	  "reject the whole configuration for one bad hook or a bare %" },
	{ "compat", "compat-triggers", CONF_ENUM, FIELD(triggers_substring), "exact", 0, 0,
	  "exact substring", false, "how triggers= is searched for a trigger" },
	{ "compat", "path-mode", CONF_ENUM, FIELD(path_heat), "aws", 0, 0, "aws heat", false,
	  "heat: ignore the part of path= after the resource" },
	{ "compat", "first-run", CONF_ENUM, FIELD(first_run_none), "update", 0, 0, "update none", false,
	  "trigger of the first metadata: post.add or post.update, or none" },
	{ "compat", "service-max-restarts", CONF_COUNT, FIELD(service_max_restarts), "5", 1, 1000, NULL,
	  false, "restarts in a row after which a service is restarted with pauses" },
	{ "compat", "log-file", CONF_TEXT, FIELD(log_file), "", 0, 0, NULL, false,
	  "log of cfn-hup; empty: /var/log/cfn-hup.log if standard error is neither a terminal nor the journal" },
	{ NULL, NULL, CONF_TEXT, 0, 0, NULL, 0, 0, NULL, false, NULL },
};
/* clang-format on */

const struct conf_key *conf_key_find(const char *section, const char *name)
{
	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (strcmp(k->section, section) == 0 && strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

int conf_word_index(const char *words, const char *word, size_t n)
{
	for (int i = 0; *words; i++) {
		size_t len = strcspn(words, " ");

		if (len == n && strncmp(words, word, n) == 0)
			return i;
		words += len + (words[len] == ' ');
	}
	return -1;
}

int conf_name_index(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

static int parse_key_number(const char *text, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	return end == text || *end || !isfinite(*ret) ? -EINVAL : 0;
}

int conf_seconds(const char *text, double *ret)
{
	char *end;
	double unit = 1;

	*ret = strtod(text, &end);
	if (end == text || !isfinite(*ret))
		return -EINVAL;
	if (*end == 'm')
		unit = 60;
	else if (*end == 'h')
		unit = 3600;
	else if (*end == 'd')
		unit = 86400;
	if (*end && (!strchr("smhd", *end) || end[1]))
		return -EINVAL;
	*ret *= unit;
	return 0;
}

static int set_number(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	char *field = (char *)cf + k->at;
	double v = 0;

	if ((k->type == CONF_SECONDS ? conf_seconds : parse_key_number)(text, &v) < 0)
		return conf_fail(reterr, "\"%.100s\" is not a %s", text,
		        k->type == CONF_SECONDS ? "time (90, 90s, 15m, 6h, 1d)" : "number");
	if (k->type != CONF_REAL && v != floor(v))
		return conf_fail(reterr, "\"%.100s\" is not whole", text);
	if (v < k->min)
		return conf_fail(reterr, "\"%.100s\" is less than %g", text, k->min);
	if (v > k->max)
		return conf_fail(reterr, "\"%.100s\" is more than %g", text, k->max);
	if (k->type == CONF_REAL)
		memcpy(field, &v, sizeof(v));
	else
		memcpy(field, &(unsigned){ (unsigned)v }, sizeof(unsigned));
	return 0;
}

static int set_bool(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1", "off", "on" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*(bool *)((char *)cf + k->at) = i % 2;
			return 0;
		}
	}
	return conf_fail(reterr, "\"%.100s\" is neither yes nor no", text);
}

static int check_words(const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	for (const char *w = text; *w;) {
		size_t n = strcspn(w, " ,");

		if (n && conf_word_index(k->choices, w, n) < 0)
			return conf_fail(reterr, "\"%.*s\" is none of: %s", (int)(n < 60 ? n : 60),
			        w, k->choices);
		w += n + (w[n] != '\0');
	}
	return 0;
}

static int set_text(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	if (strlen(text) >= k->size)
		return conf_fail(reterr, "\"%.100s\" is too long", text);
	memset((char *)cf + k->at, 0, k->size);
	memcpy((char *)cf + k->at, text, strlen(text));
	return 0;
}

/* An enum of two values may be a bool. */
static int set_enum(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	int n = conf_word_index(k->choices, text, strlen(text));

	if (n < 0)
		return conf_fail(reterr, "\"%.100s\" is none of: %s", text, k->choices);
	if (k->size == sizeof(bool))
		*(bool *)((char *)cf + k->at) = n != 0;
	else
		memcpy((char *)cf + k->at, &n, sizeof(n));
	return 0;
}

int conf_key_set(
        struct conf *cf, const struct conf_key *k, const char *text, char reterr[static CONF_ERR])
{
	switch (k->type) {
	case CONF_TEXT:
		return set_text(cf, k, text, reterr);
	case CONF_WORDS:
		return check_words(k, text, reterr) < 0 ? -EINVAL : set_text(cf, k, text, reterr);
	case CONF_BOOL:
		return set_bool(cf, k, text, reterr);
	case CONF_ENUM:
		return set_enum(cf, k, text, reterr);
	default:
		return set_number(cf, k, text, reterr);
	}
}

void conf_key_text(const struct conf *cf, const struct conf_key *k, char *ret, size_t size)
{
	const char *field = (const char *)cf + k->at;
	unsigned n = 0;

	switch (k->type) {
	case CONF_TEXT:
	case CONF_WORDS:
		(void)snprintf(ret, size, "%s", field);
		break;
	case CONF_REAL:
		(void)snprintf(ret, size, "%g", *(const double *)(const void *)field);
		break;
	case CONF_BOOL:
		(void)snprintf(ret, size, "%s", *(const bool *)field ? "yes" : "no");
		break;
	case CONF_ENUM: {
		const char *w = k->choices;

		n = k->size == sizeof(bool) ? *(const bool *)field : 0;
		if (k->size != sizeof(bool))
			memcpy(&n, field, sizeof(n));
		for (; n > 0; n--)
			w += strcspn(w, " ") + 1;
		(void)snprintf(ret, size, "%.*s", (int)strcspn(w, " "), w);
		break;
	}
	default:
		memcpy(&n, field, sizeof(n));
		(void)snprintf(ret, size, "%u", n);
	}
}

int conf_keys_agree(const struct conf *cf, char reterr[static CONF_ERR])
{
	char why[CONF_ERR - 20];

	if (*cf->listen && address_check(cf->listen, why, sizeof(why)) < 0)
		return conf_fail(reterr, "[health] listen: %s", why);
	if (cf->score.clear >= alarm_threshold(&cf->score))
		return conf_fail(reterr, "[predict] clear (%g) must be less than raise (%g)",
		        cf->score.clear, alarm_threshold(&cf->score));
	return 0;
}
