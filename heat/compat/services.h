/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.h - keeps the services running that the metadata requires (ensureRunning). Like cfn-hup
 * at every poll, it queries the service manager, starts stopped services, and fires
 * service.restarted, even if the start failed. Unlike cfn-hup, it waits longer and longer before it
 * restarts a service that stops repeatedly.
 */
#ifndef HEAT_COMPAT_SERVICES_H
#define HEAT_COMPAT_SERVICES_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/process/child.h"

enum { SERVICES_MAX = 32, SERVICE_NAME = 128, SERVICES_WAIT = 16 };

struct service {
	char name[SERVICE_NAME];
	unsigned restarts; /* since it was last found running */
	uint64_t pause_ms; /* not started again before, loop's clock */
	int last_rc;       /* of the last start; -1 = none */
};

struct services {
	struct loop *loop;
	const struct conf *conf;
	struct child child;
	char resource[CONF_STR];
	unsigned waits; /* resources that are checked after this one */
	struct {
		char resource[CONF_STR];
		json_t *metadata;
	} wait[SERVICES_WAIT];
	unsigned count, at; /* those to look at in this round, and which is being looked at */
	unsigned todo[SERVICES_MAX];
	bool busy, starting;
	bool told_none; /* that there is no service manager */
	unsigned known;
	struct service service[SERVICES_MAX];

	/* A service was down and has been started: `rc` as the start ended.  May be NULL. */
	void (*restarted)(struct services *s, const char *resource, const char *name, int rc);
	void (*idle)(struct services *s);
};

/* `s` is all zeroes. */
void services_open(struct services *s, struct loop *l);

/* Looks after the services of one resource's metadata, when the rounds under way are done. */
void services_check(
        struct services *s, const struct conf *cf, const char *resource, json_t *metadata);

json_t *services_status(const struct services *s); /* array; the caller's reference */
void services_close(struct services *s);

/* The names that must run, at most SERVICES_MAX; unusable ones are left out.  Returns how many. */
unsigned services_wanted(const json_t *metadata, const char *ret[static SERVICES_MAX]);

#endif
