/* SPDX-License-Identifier: Apache-2.0 */
/* process_id.h - the identity of a process that outlives the daemon: its pid, start time and boot. */
#ifndef AGENT_PROCESS_PROCESS_ID_H
#define AGENT_PROCESS_PROCESS_ID_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/base/system.h"

struct process_id {
	pid_t pid;           /* 0: none */
	uint64_t started_at; /* clock ticks since boot */
	char boot[BOOT_ID];
};

/*
 * Returns the start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 if there is no such
 * process.  Together with the pid it identifies a process even when the pid is reused.
 */
uint64_t process_id_started_at(pid_t pid);

/* Fills in the identity of the running process `pid`; pid 0 means none. */
void process_id_set(struct process_id *p, pid_t pid);

/* Returns true if that very process still exists, in this boot. */
bool process_id_is_running(const struct process_id *p);

/* Returns a new object, NULL if out of memory. */
json_t *process_id_to_json(const struct process_id *p);

/* Parses what process_id_to_json() returned; NULL means none. */
void process_id_from_json(struct process_id *p, const json_t *o);

#endif
