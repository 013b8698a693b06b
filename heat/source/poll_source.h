/* SPDX-License-Identifier: Apache-2.0 */
/* poll_source.h - private to poll.c: drives one source. */
#ifndef HEAT_SOURCE_POLL_SOURCE_H
#define HEAT_SOURCE_POLL_SOURCE_H

#include "heat/source/poll.h"

void poll_source_ask(struct poll_source *s); /* now; does nothing when under way */
void poll_source_later(struct poll_source *s, double wait_s);
void poll_source_clear(struct poll_source *s); /* frees its slot */

#endif
