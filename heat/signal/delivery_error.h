/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_error.h - explains an answer that does not accept the signal. Pure. */
#ifndef HEAT_SIGNAL_DELIVERY_ERROR_H
#define HEAT_SIGNAL_DELIVERY_ERROR_H

#include <stdbool.h>

#include "heat/signal/delivery.h"

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
