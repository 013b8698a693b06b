/* SPDX-License-Identifier: Apache-2.0 */
/* delivery_error.h - what an answer other than "taken" means, in plain words.  Pure. */
#ifndef HEAT_SIGNAL_DELIVERY_ERROR_H
#define HEAT_SIGNAL_DELIVERY_ERROR_H

#include <stdbool.h>

#include "heat/signal/delivery.h"

struct delivery_refusal {
	long status;
	const char *answer;
	bool url;      /* it went to a URL that was given to us; else to Heat's own API */
	bool token;    /* with a token that was given to us */
	bool resigned; /* signed with our own keys */
	bool stamped;  /* the URL carries the time at which it was signed */
};

/* Part of the answer of a wait condition that wants the same in other words. */
extern const char delivery_other_words[];

/* A page for people in the place of an answer: a portal or proxy, and whoever it is for has heard nothing. */
bool delivery_is_html(long status, const char *answer);

/* True: this answer will not change by itself.  No secrets in `why` but what the answer holds. */
bool delivery_explain(char why[static DELIVERY_WHY], const struct delivery_refusal *r);

#endif
