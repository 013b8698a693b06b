/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deploy_signal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "heat/deploy/deploy_item.h"
#include "heat/signal/signals.h"

json_t *deploy_delivery(const json_t *item, const char *key, const json_t *signal, bool *ret_silent)
{
	json_auto_t *inputs = deploy_inputs(item);
	const char *transport = deploy_text(inputs, "deploy_signal_transport");
	json_auto_t *fitted = NULL;
	auto_free char *text = NULL;
	char order[CONF_STR], id[DEPLOY_KEY + 16], target[CONF_STR];
	json_t *road;

	*ret_silent = strcmp(transport, "NO_SIGNAL") == 0;
	road = *ret_silent ? NULL : signal_route(inputs);
	if (!road)
		return NULL;
	if (strcmp(deploy_text(road, "way"), "zaqar") == 0)
		fitted = deploy_fitted(signal, DEPLOY_MESSAGE_MAX);
	text = json_dumps(fitted ? fitted : signal, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (!text) {
		json_decref(road);
		return NULL;
	}
	deploy_label(target, sizeof(target), "deployment ", deploy_text(item, "name"));
	(void)snprintf(id, sizeof(id), "deployment:%s", key);
	deploy_label(order, sizeof(order), deploy_text(inputs, "deploy_stack_id"),
	        deploy_text(inputs, "deploy_resource_name"));
	(void)json_object_update_new(road, json_pack("{ss ss ss ss}", "target", target, "order",
	                                           order, "id", id, "text", text));
	return road;
}
