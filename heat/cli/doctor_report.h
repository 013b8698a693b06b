/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_report.h - the findings of doctor.c, as text and as JSON. */
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

/* Begins the steps of a subject: a source, or the guest. */
void doctor_about(struct doctor *d, const char *what);

/* Reports a step that has succeeded. */
__attribute__((format(printf, 3, 4))) void doctor_ok(
        struct doctor *d, const char *step, const char *fmt, ...);

/* Reports a fault with its remedy. Secrets are removed from both. */
void doctor_fault(struct doctor *d, enum doctor_status status, const char *step, const char *cause,
        const char *remedy);

/* Reports a remark that is no fault. */
void doctor_note(struct doctor *d, const char *step, const char *what);

/* Prints the JSON, if any, and returns the exit status. */
int doctor_end(struct doctor *d);

#endif
