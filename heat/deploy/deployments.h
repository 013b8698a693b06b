/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deployments.h - software deployments: each one of the metadata's list is run once, and Heat is told
 * how it ended, whatever happens.
 *
 * One after the other, in the order of the list.  A deployment's record is on disk before it runs;
 * its process (deploy_run.h) leaves its result there whether or not we are alive; the signal is in the
 * spool before the record says so.  A hook that is missing, crashes, or takes too long is a failure that
 * Heat hears of.
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

enum { DEPLOYMENTS_KEPT = 1024 /* records of old ones, so that none is run twice */ };

struct deployments {
	struct loop *loop;
	const struct conf *conf;
	struct signals *signals;
	json_t *list;    /* the metadata's, as last seen */
	json_t *records; /* KEY -> record */
	struct child child;
	struct loop_timer timer;
	struct process_id orphan;            /* a process of an earlier run that is waited for */
	char key[DEPLOY_KEY];                /* of what runs now; "" = nothing */
	bool stuck;                          /* cannot go on (disk, spool): told once */
	unsigned done, failed;               /* since the start */
	void (*idle)(struct deployments *d); /* nothing is left to run now; may be NULL */
};

void deployments_open(
        struct deployments *d, struct loop *l, const struct conf *cf, struct signals *s);

/* Takes in our own resource's metadata (borrowed). */
void deployments_on_metadata(struct deployments *d, const json_t *metadata);

/* Looks again soon: the spool has room. */
void deployments_wake(struct deployments *d);

bool deployments_busy(const struct deployments *d);
json_t *deployments_status(const struct deployments *d); /* object; the caller's reference */
void deployments_close(struct deployments *d); /* what runs goes on; the next start takes over */

/* Whether a configuration lets us run them. */
bool deployments_wanted(const struct conf *cf);

#endif
