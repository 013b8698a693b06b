/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_internal.h - private to delivery.c, delivery_route.c and delivery_error.c. */
#ifndef HEAT_SIGNAL_DELIVERY_INTERNAL_H
#define HEAT_SIGNAL_DELIVERY_INTERNAL_H

#include <stdbool.h>
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

struct delivery_refusal {
	long status;
	const char *answer;
	bool url;         /* the request went to a given URL; false: to Heat's native API */
	bool token;       /* with a given token */
	bool url_renewed; /* signed with the server's own keys */
	bool stamped;     /* the URL contains the time of its signature */
};

/* Part of the answer of a wait condition that requires the other keys. */
extern const char delivery_other_words[];

/* Returns true for an HTML page (a captive portal, a proxy): the signal has not reached Heat. */
bool delivery_is_html(long status, const char *answer);

/*
 * Explains an answer in `why`, which contains no secrets but those of the answer. Returns true if
 * the answer is permanent.
 */
bool delivery_explain(char why[static DELIVERY_WHY], const struct delivery_refusal *r);

#endif
