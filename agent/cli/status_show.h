/* SPDX-License-Identifier: Apache-2.0 */
/* status_show.h - the daemon's status for a person. */
#ifndef AGENT_CLI_STATUS_SHOW_H
#define AGENT_CLI_STATUS_SHOW_H

#include <jansson.h>
#include <stdio.h>

void status_show(const json_t *status, FILE *out);

#endif
