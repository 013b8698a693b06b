/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_signal.h - the transport of a deployment's signal. */
#ifndef HEAT_DEPLOY_DEPLOY_SIGNAL_H
#define HEAT_DEPLOY_DEPLOY_SIGNAL_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Returns the delivery (delivery.h) of an item's signal. NULL: it has no transport, or with
 * *ret_silent it requires no signal.
 */
json_t *deploy_delivery(
        const json_t *item, const char *key, const json_t *signal, bool *ret_silent);

#endif
