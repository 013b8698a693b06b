/* SPDX-License-Identifier: Apache-2.0 */
/* daemon.h - the daemon, and cfn-hup's single pass. */
#ifndef AGENT_DAEMON_DAEMON_H
#define AGENT_DAEMON_DAEMON_H

#include "agent/base/loop.h"
#include "agent/conf/conf.h"
#include "agent/data/event.h"
#include "agent/data/table.h"
#include "agent/hook/hooks.h"
#include "agent/http/http.h"
#include "agent/predict/score.h"
#include "agent/serve/control.h"
#include "agent/serve/listener.h"
#include "collectors/runner.h"
#include "collectors/system/platform.h"
#include "heat/api/keystone.h"
#include "heat/compat/os_collect_config.h"
#include "heat/compat/services.h"
#include "heat/deploy/deployments.h"
#include "heat/instance/bootstrap.h"
#include "heat/signal/inbox.h"
#include "heat/signal/signals.h"
#include "heat/source/metadata.h"

struct daemon {
	struct loop loop;
	struct loop_signals unix_signals;
	struct loop_timer tick, grace, watch;

	const char *hooks_dir; /* argument of -c, for a reload */
	enum conf_who who;
	struct conf *files; /* settings of the files */
	struct conf *conf;  /* current settings: those of the files with the overlay of metadata */
	json_t *overlay;    /* settings of metadata in use; NULL: none */
	json_t *refused;    /* digest of the rejected settings, so that they are logged once */
	char overlay_error[CONF_ERR];
	char conf_error[CONF_ERR]; /* of the last reload; "": none */
	uint64_t fingerprint;      /* of the files, when they were read */

	struct table table;
	struct runner collectors;
	struct platform platform;
	struct scorer scorer;
	struct anomaly *anomaly; /* detector; NULL: disabled by the settings, or out of memory */
	uint64_t saved_ms;       /* time of the last save of the learnt state */
	int save_error;          /* logged when it begins and when it ends */
	struct event_queue events;

	struct http http;
	struct keystone keystone;
	struct metadata metadata;
	struct deployments deployments;
	struct os_collect_config collect;
	struct bootstrap bootstrap;
	struct services services;
	struct hooks hooks;
	struct signals signals;
	struct inbox inbox;

	struct listener listener;
	char listening[CONF_STR]; /* configured address, "": none */
	bool listen_failed;       /* the address cannot be opened yet; logged once */
	struct control control;
	struct control_peer *waiting[CONTROL_PEERS]; /* callers waiting for a poll */
	uint64_t started_ms;
	bool stopping, once;
	char poll_error[CFN_WHY]; /* daemon_run_once(): reason of a failed poll */
	int lock_fd;
};

/*
 * Runs until a signal ends it. Takes ownership of `files`. Returns 0, or -errno after logging the
 * reason; -EALREADY: another daemon is running.
 */
int daemon_run(struct daemon *d, struct conf *files, const char *hooks_dir);

/*
 * Makes one pass of cfn-hup: polls every resource once and runs the due hooks. Returns 0, 1 after
 * logging a failed poll, or -errno as above.
 */
int daemon_run_once(struct daemon *d, struct conf *files);

/* Returns the daemon's state as JSON; the caller owns it. */
json_t *daemon_status(struct daemon *d);

#endif
