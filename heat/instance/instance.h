/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instance.h - is this still the instance whose state is on the disk?
 *
 * A server that is made from another's snapshot starts with that one's records, caches and, where prehup has
 * unpacked the user-data itself, credentials.  They are another's: used, they would make it skip deployments
 * that it has never run, and speak for a server that it is not.
 */
#ifndef HEAT_INSTANCE_INSTANCE_H
#define HEAT_INSTANCE_INSTANCE_H

/*
 * Compares who the instance says it is with what was written down at the last start, and writes it down.
 * Another's state is set aside, below /var/lib/prehup/other, and that is told.  Unknown is never "another".
 */
void instance_check(void);

#endif
