/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the settings as one plain struct, constant once it is made.
 *
 * Every key is one row of conf_keys[] in conf_keys.c: section, key, type, field, default, bounds, permission for
 * metadata, meaning.  Parsing, checking, printing and a test of the manual follow from that row.
 *
 * A reload or new metadata makes a second struct conf, which replaces the first between two ticks if it is valid.
 */
#ifndef AGENT_CONF_CONF_H
#define AGENT_CONF_CONF_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "agent/conf/conf_report.h"
#include "agent/predict/score_conf.h"

enum {
	CONF_STR = 256,
	HOOK_MAX = 64,   /* cfn-hup's users have one to five */
	TARGET_MAX = 32, /* receivers of predictions */
	SOURCE_MAX = 16, /* polled resources and transports */
};

enum trigger {
	TRIGGER_ADD = 1 << 0,       /* post.add */
	TRIGGER_UPDATE = 1 << 1,    /* post.update */
	TRIGGER_REMOVE = 1 << 2,    /* post.remove */
	TRIGGER_RESTARTED = 1 << 3, /* service.restarted */
	TRIGGER_RAISED = 1 << 4,    /* predict.raised */
	TRIGGER_CLEARED = 1 << 5,   /* predict.cleared */
};
/* The triggers that a change of the value at a path can fire. */
enum { TRIGGERS_OF_CHANGE = TRIGGER_ADD | TRIGGER_UPDATE | TRIGGER_REMOVE };

const char *trigger_name(enum trigger t); /* "post.add"; t is one of the bits */

enum hook_watches { WATCH_METADATA, WATCH_PHYSICAL_ID };

/* One hook: a section of hooks.conf, hooks.d or prehup.conf ([hook NAME]), or of metadata. */
struct hook {
	const char *name;
	const char *where;    /* "/etc/cfn/hooks.conf:3", "metadata: prehup.hooks.NAME" */
	unsigned triggers;    /* enum trigger bits */
	const char *path;     /* as written; "" if all triggers are predict.* */
	const char *resource; /* second component of path; "" without a path */
	enum hook_watches watches;
	/* keys below Metadata, unescaped, NULL-terminated; an empty list: all of it */
	const char *const *subkey;
	const char *action;
	const char *runas; /* "": root */
	unsigned timeout_s;
	unsigned retries; /* retries before giving up */
	mode_t umask;
	const char
	        *clears; /* "RESOURCE pre-delete": the stack hook that success clears; "" = none */
};

/* Identity for Keystone: a user of the stack's domain, or an application credential. */
struct keystone_user {
	char auth_url[CONF_STR]; /* ".../v3", the version is optional */
	char user_id[128], password[CONF_STR], project_id[128];
	char app_id[128], app_secret[CONF_STR]; /* instead of user, password and project */
	char region[128];                       /* "": the first of the catalogue */
};

enum target_kind {
	TARGET_WAIT_CONDITION, /* PUT, {"Status","Reason","UniqueId","Data"} */
	TARGET_WAIT_NATIVE,    /* PUT, the lower-case keys of OS::Heat::WaitConditionHandle */
	TARGET_POLICY,         /* POST, body of an alarm */
	TARGET_WORKFLOW,       /* POST, {"input": {...}} */
	TARGET_RESOURCE,       /* a native signal to a resource of the own stack */
	TARGET_UNHEALTHY,      /* PATCH, {"mark_unhealthy": true} */
};

/* One [signal NAME] of prehup.conf or of metadata: a receiver of predictions. */
struct target {
	const char *name;
	const char *where;
	enum target_kind kind;
	const char *url;    /* pre-signed: a secret */
	unsigned when;      /* TRIGGER_RAISED, TRIGGER_CLEARED */
	const char *metric; /* only this metric; "": all */
	json_t *input;      /* TARGET_WORKFLOW: object or NULL; an owned reference */
	/* TARGET_WORKFLOW: the prediction is added to the input under this name; "": it is not */
	const char *input_as;
	json_t *signal; /* instead of url: a handle's or deployment's `signal` attribute, or NULL; owned */
	const char *resource;      /* TARGET_RESOURCE, TARGET_UNHEALTHY: logical name */
	struct keystone_user user; /* TARGET_UNHEALTHY: an application credential; optional */
};

enum sign { SIGN_V2, SIGN_V4 };

enum source_kind {
	SOURCE_CFN,     /* POLL_SERVER_CFN: DescribeStackResource, signed */
	SOURCE_HEAT,    /* POLL_SERVER_HEAT: Keystone, then the resource's metadata */
	SOURCE_REQUEST, /* POLL_TEMP_URL: a GET request */
	SOURCE_ZAQAR,   /* ZAQAR_MESSAGE: messages are claimed, stored, then deleted */
	SOURCE_LOCAL,   /* local files, each a JSON object */
	SOURCE_HEAT_LOCAL, /* cfn-init-data: the initial metadata, used until another source has answered */
	SOURCE_EC2, /* Nova's description of the instance, for users of os-collect-config */
};

/* One source of metadata. */
struct source {
	enum source_kind kind;
	char name[64]; /* name in status, logs and os-collect-config's cache */
	/* resource of the metadata; "" in a configured source: the own resource */
	char resource[CONF_STR];
	char url[2048];       /* cfn, request, ec2; a path for local and heat-local: a secret */
	char stack[CONF_STR]; /* cfn: StackName; heat: NAME/UUID */
	char access_key[CONF_STR], secret_key[CONF_STR];
	struct keystone_user user; /* heat, zaqar */
	char queue[CONF_STR];
	bool standby; /* polled only while the primary sources of the resource fail */
};

enum conf_bootstrap { BOOTSTRAP_AUTO, BOOTSTRAP_YES, BOOTSTRAP_NO };
enum run_deployments { DEPLOYMENTS_AUTO, DEPLOYMENTS_YES, DEPLOYMENTS_NO };

struct conf {
	/* [heat] */
	char url[CONF_STR]; /* of the CFN API, ".../v1/"; "": from cfn-metadata-server */
	char stack[CONF_STR];
	/* resource whose metadata may have a `prehup` object; "": that of the first hook */
	char resource[CONF_STR];
	char credential_file[CONF_STR];
	char metadata_file[CONF_STR]; /* local JSON file instead of Heat; "": none */
	char ca_file[CONF_STR];       /* "": the system's */
	char client_cert[CONF_STR];   /* "": none */
	char proxy[CONF_STR];         /* "": from the environment */
	unsigned interval_s, timeout_s, max_backoff_s, splay_s;
	unsigned bootstrap; /* enum conf_bootstrap */
	char metadata_service[CONF_STR];
	bool insecure; /* do not verify certificates; cannot be set by metadata */
	unsigned sign; /* enum sign */
	bool sign_timestamp;
	/* [collect] */
	unsigned collect_s;
	char collectors[CONF_STR];
	char filesystems[1024];  /* mount points, or "auto" */
	char certificates[1024]; /* files whose expiry is watched */
	char processes[1024];    /* "unit:NAME", "pidfile:PATH", "comm:NAME", "cgroup:PATH" */
	/* [predict] */
	struct score_conf score;
	/* [act] */
	unsigned hook_timeout_s, hook_retries, hook_budget, signal_budget, signal_max_age_s;
	bool metadata_hooks;  /* whether metadata may define hooks; metadata cannot set this */
	unsigned deployments; /* enum run_deployments */
	unsigned deployment_timeout_s; /* 0: none */
	bool rerun_interrupted;
	/* [health] */
	char listen[CONF_STR]; /* "ADDRESS:PORT", "unix:PATH"; "": off */
	/* [collect-config]: compatibility with os-collect-config */
	char command[1024], cachedir[CONF_STR], backup_cachedir[CONF_STR];
	/* [compat]: behaviour of cfn-hup; also in [main] of cfn-hup.conf */
	bool hooks_all_files, strict_ini, triggers_substring, path_heat, first_run_none;
	unsigned service_max_restarts;
	char log_file[CONF_STR];

	/* From the credential file. */
	char access_key[CONF_STR], secret_key[CONF_STR];

	/* Sources as configured, and as polled: one for each resource (conf_sources()). */
	struct source *given, *source;
	unsigned given_count, source_count;
	json_t *occ;        /* os-collect-config's settings from its file and metadata; or NULL */
	char own[CONF_STR]; /* the own resource; "": unknown */

	struct hook *hook;
	unsigned hook_count;
	struct target *target;
	unsigned target_count;
	struct conf_block
	        *block; /* the strings of hooks and targets; an overlay shares its base's */
};

enum conf_who {
	CONF_START,  /* like CONF_DAEMON, but credentials may still be missing */
	CONF_DAEMON, /* prehup run: prehup.conf, prehup.d, then cfn-hup's files if they exist */
	/* cfn-hup: requires cfn-hup.conf; settings of prehup.conf apply where it has none */
	CONF_CFN_HUP,
};

/*
 * Reads all configuration below the sysroot into *ret, which conf_free() releases.  hooks_dir is the argument of -c (a
 * folder of hooks, or one with a cfn-hup.conf), NULL for the default.  All mistakes are reported.  A bad hook is left
 * out; for a bad setting, or a bad hook with strict_ini, returns -EINVAL and *ret is empty.
 */
int conf_load(struct conf *ret, enum conf_who who, const char *hooks_dir, struct conf_report *rep);

/*
 * Lays the `prehup` object of metadata over `base` into *ret, a new conf with the sources that its `os-collect-config`
 * object (`follow`) names; either may be NULL.  Returns 0, or a negative value with "metadata: prehup.predict.raise: ..."
 * in reterr; then *ret is empty.
 */
int conf_overlay(struct conf *ret, const struct conf *base, const json_t *prehup,
        const json_t *follow, char reterr[static CONF_ERR]);

/*
 * Computes cf->source and cf->own from the settings.  `follow` is the `os-collect-config` object of the newest metadata,
 * with which Heat changes the transport, or NULL.  Returns 0 or -ENOMEM.
 */
int conf_sources(struct conf *cf, const json_t *follow);

void conf_free(struct conf *cf); /* wipes secrets and leaves it empty */

/* Prints the settings in force as an INI file without secrets. */
void conf_print(const struct conf *cf, FILE *out);

/* Returns a number that changes when a file of the configuration is added, changed or removed. */
uint64_t conf_fingerprint(const struct conf *cf);

struct http;

/* Sets the options of later requests. They refer to cf, which must outlive these requests. */
void conf_http_options(struct http *h, const struct conf *cf);

#endif
