/* SPDX-License-Identifier: Apache-2.0 */
/* instance_id.h - what this guest is called where it has to tell itself from others. */
#ifndef HEAT_INSTANCE_INSTANCE_ID_H
#define HEAT_INSTANCE_INSTANCE_ID_H

#include "agent/conf/conf.h"

enum { INSTANCE_ID = 256 };

/*
 * Nova's id of the instance: as heat-cfntools or the daemon have found it, else as the metadata service says
 * within three seconds; without Nova the host's full name.
 */
void instance_id(char ret[static INSTANCE_ID], const struct conf *cf);

#endif
