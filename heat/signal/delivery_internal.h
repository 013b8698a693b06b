/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_internal.h - functions that delivery.c and delivery_route.c share. */
#ifndef HEAT_SIGNAL_DELIVERY_INTERNAL_H
#define HEAT_SIGNAL_DELIVERY_INTERNAL_H

#include <string.h>

#include "heat/api/keystone.h"
#include "heat/signal/delivery.h"

/* Returns the text at `key` of the delivery, "" without one; it belongs to the delivery. */
static inline const char *delivery_text_at(const struct delivery *d, const char *key)
{
	const char *t = json_string_value(json_object_get(d->spec, key));

	return t ? t : "";
}

static inline bool is_delivery_method(const struct delivery *d, const char *way)
{
	return strcmp(d->way, way) == 0;
}

/*
 * Returns the first source with the server's own credentials: those of a user if `token`, else a
 * key pair; NULL: none.
 */
const struct source *delivery_own_credentials(const struct conf *cf, bool token);

/*
 * Replaces an expired or unusable URL: signs it again with the server's keys, or switches to Heat's own API.  Returns
 * false if neither is possible; otherwise the next attempt uses the new route.
 */
bool delivery_find_fallback(struct delivery *d);

/*
 * Sets d->url to the address for a token of that session.  Returns 0, -EINVAL or -EMSGSIZE if there is none, or -EPERM:
 * metadata may name an address, but a token goes to the catalogue's Heat only.
 */
int delivery_token_url(struct delivery *d, const struct keystone_session *k);

/* Sets d->stack to the server's own stack as NAME/UUID, from a source or from the CFN API; "" if it is unknown. */
void delivery_find_own_stack(struct delivery *d);

/*
 * Sets up a signal to a resource of the own stack with the server's credentials: a token for a user, else a signature.
 * Returns 0 or -errno; -ENOKEY: there are none yet.
 */
int delivery_use_own_credentials(struct delivery *d);

#endif
