/* SPDX-License-Identifier: Apache-2.0 */
/* agent_conf.h - how agent.c takes in metadata and settings; nobody else's business. */
#ifndef AGENT_AGENT_CONF_H
#define AGENT_AGENT_CONF_H

#include "agent/agent.h"

/* A poll's good answer: settings, record, caches, services, hooks, in this order. */
void agent_got(struct polls *p, const char *resource, const struct cfn_resource *r);

/* Reads the files again: all of them hold, or nothing changes. */
void agent_reload(struct agent *a);

/* (Re)starts the collectors and the tick as the settings in force say.  0 or -errno. */
int agent_collect(struct agent *a);

/* Waits for a configuration that is not there yet.  0 or -errno. */
int agent_watch(struct agent *a);

/* Frees settings and what is known of resources. */
void agent_forget(struct agent *a);

#endif
