/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_internal.h - functions shared by the files of the daemon. */
#ifndef AGENT_DAEMON_DAEMON_INTERNAL_H
#define AGENT_DAEMON_DAEMON_INTERNAL_H

#include "agent/daemon/daemon.h"

/* Takes a good answer of a source, as `received` of struct metadata. */
int daemon_on_metadata(struct metadata *m, const struct metadata_update *u);

/*
 * Starts with the settings of the last known metadata: Heat may be down, and events may be queued
 * for hooks defined there. Called before any part is opened.
 */
void daemon_restore_settings(struct daemon *d);

/* Reads the files again; an error leaves the settings unchanged. */
void daemon_reload(struct daemon *d);

/* Starts or restarts the collectors and the tick with the current settings. Returns 0 or -errno. */
int daemon_start_collectors(struct daemon *d);

/* Saves the scorer's state, unless the first tick has not run yet. */
void daemon_save_learnt(struct daemon *d);

/*
 * Loads the saved state of the scorer. A series gets its state when the first tick finds its name.
 */
void daemon_restore_learnt(struct daemon *d);

/* Opens, moves or closes the listener for probes according to the current settings. */
void daemon_listen(struct daemon *d);

/* Waits for a configuration that does not exist yet. Returns 0 or -errno. */
int daemon_watch_conf(struct daemon *d);

/* Frees the settings. */
void daemon_free_conf(struct daemon *d);

#endif
