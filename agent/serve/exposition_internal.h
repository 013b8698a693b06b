/* SPDX-License-Identifier: Apache-2.0 */
/* exposition_internal.h - names in Prometheus' format; for exposition*.c. */
#ifndef AGENT_SERVE_EXPOSITION_INTERNAL_H
#define AGENT_SERVE_EXPOSITION_INTERNAL_H

#include <stddef.h>

#include "agent/data/event.h"
#include "agent/data/table.h"

enum { EXPOSITION_NAME = SERIES_NAME + 16 }; /* "prehup_", the name, "_seconds" */

/*
 * Converts "fs.used_ratio" of unit "ratio" to "prehup_fs_used_ratio". Returns the factor for
 * values.
 */
double exposition_name(const char *name, const char *unit, char ret[static EXPOSITION_NAME]);

#endif
