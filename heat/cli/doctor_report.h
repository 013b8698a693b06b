/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_report.h - what doctor.c has found, for people and as JSON. */
#ifndef HEAT_CLI_DOCTOR_REPORT_H
#define HEAT_CLI_DOCTOR_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "heat/cli/doctor.h"

struct doctor {
	bool json;
	json_t *all;   /* [{"about", "steps": [...]}] */
	json_t *steps; /* the current subject; borrowed */
	int status;    /* of the first fault */
	unsigned faults;
};

/* Begins to look at something: a source, or the guest. */
void doctor_about(struct doctor *d, const char *what);

/* A step that is well. */
__attribute__((format(printf, 3, 4))) void doctor_ok(
        struct doctor *d, const char *step, const char *fmt, ...);

/* Reports a fault with its remedy. Secrets are removed from both. */
void doctor_fault(struct doctor *d, enum doctor_status status, const char *step, const char *cause,
        const char *remedy);

/* One that deserves a word, and stops nothing. */
void doctor_note(struct doctor *d, const char *step, const char *what);

int doctor_end(struct doctor *d); /* prints JSON; the exit status */

#endif
