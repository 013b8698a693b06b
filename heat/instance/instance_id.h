/* SPDX-License-Identifier: Apache-2.0 */
/* instance_id.h - returns an id that distinguishes this guest from others. */
#ifndef HEAT_INSTANCE_INSTANCE_ID_H
#define HEAT_INSTANCE_INSTANCE_ID_H

#include "agent/conf/conf.h"

enum { INSTANCE_ID = 256 };

/*
 * Writes Nova's id of the instance: from the files of heat-cfntools or the daemon, else from the metadata service
 * within three seconds.  Without Nova it is the host's full name.
 */
void instance_id(char ret[static INSTANCE_ID], const struct conf *cf);

#endif
