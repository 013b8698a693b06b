/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deployments.h - software deployments: each item of the metadata's list runs once, one after the
 * other, and its result is signalled in any case.
 *
 * A deployment's record is on disk before it runs. Its process (deploy_run.h) leaves its result
 * there, whether or not the daemon runs. The signal is in the spool before the record is closed. A
 * hook that is missing, crashes, or exceeds its time limit is signalled as a failure.
 */
#ifndef HEAT_DEPLOY_DEPLOYMENTS_H
#define HEAT_DEPLOY_DEPLOYMENTS_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/process/child.h"
#include "agent/process/process_id.h"
#include "heat/deploy/deploy_item.h"
#include "heat/signal/signals.h"

enum { DEPLOYMENTS_KEPT = 1024 /* records of ended deployments, so that none runs twice */ };

struct deployments {
	struct loop *loop;
	const struct conf *conf;
	struct signals *signals;
	json_t *list;    /* of the metadata, as last seen */
	json_t *records; /* KEY -> record */
	struct child child;
	struct loop_timer timer;
	struct process_id orphan; /* a process of an earlier run that still runs */
	char key[DEPLOY_KEY];     /* of the running deployment; "": none */
	bool stuck;               /* blocked (disk, spool); logged once */
	unsigned done, failed;    /* since the start */
};

void deployments_open(
        struct deployments *d, struct loop *l, const struct conf *cf, struct signals *s);

/* Starts new deployments of the own resource's metadata (borrowed). */
void deployments_on_metadata(struct deployments *d, const json_t *metadata);

/* Tries again soon: `room` of struct signals_receivers, with a struct deployments. */
void deployments_wake(void *deployments);

bool deployments_busy(const struct deployments *d);
json_t *deployments_status(const struct deployments *d); /* object; the caller owns it */
void deployments_close(
        struct deployments *d); /* running deployments continue; the next start takes them over */

/* Returns true if the configuration lets prehup run deployments. */
bool deployments_wanted(const struct conf *cf);

#endif
