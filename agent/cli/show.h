/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - prints the daemon's JSON answers as text for a terminal. */
#ifndef AGENT_CLI_SHOW_H
#define AGENT_CLI_SHOW_H

#include <jansson.h>
#include <stdio.h>

/* Prints the answer to "status". */
void status_show(const json_t *status, FILE *out);

/* Prints an explanation (agent/serve/explanation.h). */
void explain_show(const json_t *doc, FILE *out);

#endif
