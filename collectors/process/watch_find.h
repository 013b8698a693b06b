/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_find.h - finds the process for "unit:NAME", "pidfile:PATH", "comm:NAME" or "cgroup:PATH".
 */
#ifndef COLLECTORS_PROCESS_WATCH_FIND_H
#define COLLECTORS_PROCESS_WATCH_FIND_H

#include <stdbool.h>

enum { WATCH_SPEC = 64 }; /* as an instance of a series */

/* Returns true if spec has one of the four forms. */
bool watch_is_valid(const char *spec);

/*
 * Returns the pid, 0 if no such process lives. Of several it is the one whose parent is init, else
 * the oldest. `comm` reads all processes, so it is looked up only while the process is missing.
 */
int watch_find(const char *spec);

#endif
