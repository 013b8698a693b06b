/* SPDX-License-Identifier: Apache-2.0 */
/* top_processes.h - the largest consumers of a machine-wide resource. */
#ifndef COLLECTORS_PROCESS_TOP_PROCESSES_H
#define COLLECTORS_PROCESS_TOP_PROCESSES_H

#include <stddef.h>

/*
 * Writes the three largest processes by the resource of the metric: "postgres (812) 1.2 GiB, java
 * (77) 800 MiB, ..."; "" if the metric has no such resource. Reads all processes (9 us each, 8,192
 * at most), so it is called when an alarm is raised, not at each tick.
 */
void top_processes_name(const char *metric, char *ret, size_t size);

#endif
