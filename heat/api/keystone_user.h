/* SPDX-License-Identifier: Apache-2.0 */
/* keystone_user.h - a user of Keystone's as JSON, for a signal that is kept on disk. */
#ifndef HEAT_API_KEYSTONE_USER_H
#define HEAT_API_KEYSTONE_USER_H

#include <jansson.h>

#include "agent/conf/conf.h"

/* A new reference with all of the user's members, its password too; NULL: no memory. */
json_t *keystone_user_json(const struct keystone_user *u);

/* What is missing or no text is "". */
void keystone_user_from(struct keystone_user *ret, const json_t *o);

#endif
