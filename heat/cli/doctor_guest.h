/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_guest.h - what prehup doctor says of the guest itself: the state folder, the daemon, what hooks need. */
#ifndef HEAT_CLI_DOCTOR_GUEST_H
#define HEAT_CLI_DOCTOR_GUEST_H

struct conf;
struct doctor;

void doctor_guest(struct doctor *d, const struct conf *cf);

#endif
