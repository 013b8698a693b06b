/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - prehup doctor: checks each step from this guest to its metadata, and reports the first
 * fault with its remedy.
 */
#ifndef HEAT_CLI_DOCTOR_H
#define HEAT_CLI_DOCTOR_H

/* Exit statuses: the first fault in the order of the sources. */
enum doctor_status {
	DOCTOR_OK = 0,
	DOCTOR_USAGE = 2,
	DOCTOR_CONFIGURATION = 10,
	DOCTOR_DNS,
	DOCTOR_TCP,
	DOCTOR_TLS,
	DOCTOR_SERVICE, /* another service answers, or none within the time */
	DOCTOR_CLOCK,
	DOCTOR_AUTHENTICATION,
	DOCTOR_POLICY,
	DOCTOR_STACK,
	DOCTOR_RESOURCE,
	DOCTOR_METADATA,
	DOCTOR_GUEST, /* the state folder */
	DOCTOR_HEAT,  /* Heat or Keystone itself is down or busy */
};

/* Returns the cause for a source's state; `error` of its request tells the causes of "unreachable" apart. */
enum doctor_status doctor_cause(const char *state, int error);

int command_doctor(int argc, char **argv);

#endif
