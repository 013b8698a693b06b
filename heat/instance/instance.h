/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instance.h - detects that the state on disk belongs to another instance.
 *
 * A server that is created from a snapshot starts with the records and caches of the original server.  It also has the
 * credentials if prehup unpacked the user-data there.  With them it would skip deployments that it has never run, and
 * signal in the name of the original server.
 */
#ifndef HEAT_INSTANCE_INSTANCE_H
#define HEAT_INSTANCE_INSTANCE_H

/*
 * Compares the instance's ids with those recorded at the last start, and records them.  Moves the state of another
 * instance to /var/lib/prehup/other and logs it.  An unknown id is never treated as another instance.
 */
void instance_check(void);

#endif
