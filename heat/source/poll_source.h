/* SPDX-License-Identifier: Apache-2.0 */
/* poll_source.h - private to poll.c: schedules and starts the polls of one source. */
#ifndef HEAT_SOURCE_POLL_SOURCE_H
#define HEAT_SOURCE_POLL_SOURCE_H

#include "heat/source/poll.h"

void poll_source_start(
        struct poll_source *s); /* polls now; does nothing if a poll is in progress */
void poll_source_later(struct poll_source *s, double wait_s);
void poll_source_clear(struct poll_source *s); /* frees the slot */

#endif
