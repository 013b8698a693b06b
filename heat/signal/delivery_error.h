/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_error.h - the meaning of an answer that does not accept the signal. Pure. */
#ifndef HEAT_SIGNAL_DELIVERY_ERROR_H
#define HEAT_SIGNAL_DELIVERY_ERROR_H

#include <stdbool.h>

#include "heat/signal/delivery.h"

struct delivery_refusal {
	long status;
	const char *answer;
	bool url;         /* it went to a URL that was given to us; else to Heat's own API */
	bool token;       /* with a token that was given to us */
	bool url_renewed; /* signed with our own keys */
	bool stamped;     /* the URL carries the time at which it was signed */
};

/* Part of the answer of a wait condition that wants the same in other words. */
extern const char delivery_other_words[];

/* Returns true for an HTML page (a captive portal, a proxy): the signal has not reached Heat. */
bool delivery_is_html(long status, const char *answer);

/*
 * Explains an answer in `why`, which contains no secrets but those of the answer. Returns true if
 * the answer is permanent.
 */
bool delivery_explain(char why[static DELIVERY_WHY], const struct delivery_refusal *r);

#endif
