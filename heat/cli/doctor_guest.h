/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_guest.h - checks of the guest itself by prehup doctor: the state folder, the daemon, the needs of hooks. */
#ifndef HEAT_CLI_DOCTOR_GUEST_H
#define HEAT_CLI_DOCTOR_GUEST_H

struct conf;
struct doctor;

void doctor_guest(struct doctor *d, const struct conf *cf);

#endif
