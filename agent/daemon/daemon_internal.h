/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_internal.h - functions that the files of the daemon share. */
#ifndef AGENT_DAEMON_DAEMON_INTERNAL_H
#define AGENT_DAEMON_DAEMON_INTERNAL_H

#include "agent/daemon/daemon.h"

/* Takes a good answer of a source, as `received` of struct metadata. */
int daemon_on_metadata(struct metadata *m, const struct metadata_update *u);

/*
 * Begins with what metadata said of settings when it was last heard of: Heat may be down, and hooks that
 * metadata brought may have events waiting.  Before any part is opened.
 */
void daemon_restore_settings(struct daemon *d);

/* Reads the files again: all of them hold, or nothing changes. */
void daemon_reload(struct daemon *d);

/* (Re)starts the collectors and the tick as the settings in force say.  0 or -errno. */
int daemon_start_collectors(struct daemon *d);

/* Saves the scorer's state, unless the first tick has not run yet. */
void daemon_save_learnt(struct daemon *d);

/* Loads the saved state of the scorer.  A series gets its part when the first tick meets its name. */
void daemon_restore_learnt(struct daemon *d);

/* Opens, moves or closes the listener for probes as the settings in force say. */
void daemon_listen(struct daemon *d);

/* Waits for a configuration that is not there yet.  0 or -errno. */
int daemon_watch_conf(struct daemon *d);

/* Frees the settings. */
void daemon_free_conf(struct daemon *d);

#endif
