/* SPDX-License-Identifier: Apache-2.0 */
/* top_processes.h - when something machine-wide runs out: which processes have most of it. */
#ifndef COLLECTORS_PROCESS_TOP_PROCESSES_H
#define COLLECTORS_PROCESS_TOP_PROCESSES_H

#include <stddef.h>

/*
 * "postgres (812) 1.2 GiB, java (77) 800 MiB, ...": the three largest, in terms of the metric.  "" for one of
 * which no process is to blame.  Looks at all processes (9 us each, 8,192 at most): for the moment in which
 * something is raised, not for a tick.
 */
void top_processes_name(const char *metric, char *ret, size_t size);

#endif
