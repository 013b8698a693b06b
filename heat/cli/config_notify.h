/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_notify.h - heat-config-notify: signals the result of a deployment to Heat, for heat-agents
 * and their hooks.
 */
#ifndef HEAT_CLI_CONFIG_NOTIFY_H
#define HEAT_CLI_CONFIG_NOTIFY_H

int command_config_notify(int argc, char **argv);

#endif
