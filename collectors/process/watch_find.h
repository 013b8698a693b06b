/* SPDX-License-Identifier: Apache-2.0 */
/* watch_find.h - which process is meant by "unit:NAME", "pidfile:PATH", "comm:NAME" or "cgroup:PATH". */
#ifndef COLLECTORS_PROCESS_WATCH_FIND_H
#define COLLECTORS_PROCESS_WATCH_FIND_H

#include <stdbool.h>

enum { WATCH_SPEC = 64 }; /* as an instance of a series */

/* Has it one of the four forms? */
bool watch_is_valid(const char *spec);

/*
 * Its pid, 0: none lives.  Of several the one whose parent is init, else the oldest.  `comm` has to look at
 * all processes: it is asked for only while one is missing.
 */
int watch_find(const char *spec);

#endif
