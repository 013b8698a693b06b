/* SPDX-License-Identifier: Apache-2.0 */
/*
 * presigned.h - renews a pre-signed URL of Heat with a key pair of the same stack.
 *
 * Heat signs the URLs of wait conditions and deployments once, and Keystone accepts them for 15 minutes.  Any user of
 * the stack's domain may signal any resource of its stack, so the server's own keys suffice.  Pure.
 */
#ifndef HEAT_API_PRESIGNED_H
#define HEAT_API_PRESIGNED_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "heat/api/sign.h"

/* Returns true for a signed URL of a signal or a wait condition on the CFN API. */
bool presigned_is_renewable(const char *url);

/* Writes the URL with a new signature.  Returns 0, -EINVAL or -EMSGSIZE. */
int presigned_renew(char *ret, size_t size, const char *url, const char *verb,
        const struct sign_key *key, time_t now);

#endif
