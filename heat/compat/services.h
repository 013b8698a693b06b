/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.h - keeps the services running that the metadata requires (ensureRunning). Like cfn-hup
 * at every poll, it queries the service manager, starts stopped services, and fires
 * service.restarted, even if the start failed. Unlike cfn-hup, it restarts a service that stops
 * repeatedly with a growing back-off.
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
	uint64_t pause_ms; /* loop's clock: not started again before */
	int last_rc;       /* exit status of the last start; -1: none */
};

struct services {
	struct loop *loop;
	const struct conf *conf;
	struct child child;
	char resource[CONF_STR];
	unsigned wait_count; /* resources waiting for a check */
	struct {
		char resource[CONF_STR];
		json_t *metadata;
	} wait[SERVICES_WAIT];
	unsigned count, at; /* services to check in this round, and the index of the current one */
	unsigned to_check[SERVICES_MAX];
	bool busy, starting;
	bool is_fault_logged; /* the lack of a service manager has been logged */
	unsigned known;
	struct service service[SERVICES_MAX];

	/*
	 * Called after a stopped service has been started; `rc`: exit status of the start. May be
	 * NULL.
	 */
	void (*restarted)(struct services *s, const char *resource, const char *name, int rc);
};

/* Sets up *s, which must be all zeros. */
void services_open(struct services *s, struct loop *l);

/* Checks the services of one resource's metadata, after the rounds in progress. */
void services_check(
        struct services *s, const struct conf *cf, const char *resource, json_t *metadata);

json_t *services_status(const struct services *s); /* array; the caller owns it */
void services_close(struct services *s);

/*
 * Writes the names of services that must run, at most SERVICES_MAX; unsafe names are skipped.
 * Returns their number.
 */
unsigned services_wanted(const json_t *metadata, const char *ret[static SERVICES_MAX]);

#endif
