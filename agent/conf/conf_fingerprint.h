/* SPDX-License-Identifier: Apache-2.0 */
/* conf_fingerprint.h - has anything been written to the configuration since? */
#ifndef AGENT_CONF_CONF_FINGERPRINT_H
#define AGENT_CONF_CONF_FINGERPRINT_H

#include <stdint.h>

#include "agent/conf/conf.h"

/* A number that differs when a file of the configuration has come, changed or gone. */
uint64_t conf_fingerprint(const struct conf *cf);

#endif
