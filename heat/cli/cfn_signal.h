/* SPDX-License-Identifier: Apache-2.0 */
/* cfn_signal.h - cfn-signal: reports success or failure to a wait condition or a resource of the guest's stack. */
#ifndef HEAT_CLI_CFN_SIGNAL_H
#define HEAT_CLI_CFN_SIGNAL_H

#include <jansson.h>

#include "heat/cli/cli_options.h"

/* AWS and native wait conditions expect the same values under different keys. */
enum signal_format { FORMAT_BY_URL, FORMAT_AWS, FORMAT_NATIVE };

/* Arguments of the command line; NULL: not given. */
struct cfn_signal {
	const char *success, *exit_code, *reason, *data, *id;
	const char *to;    /* a URL, plain or in base64, or a handle's `signal` attribute */
	const char *token; /* a Keystone token, for a URL of Heat's own API */
	struct cli_options options;
	int format; /* enum signal_format */
	bool compat;
};

/*
 * Returns the delivery (signals.h), a new reference.  `id` is the default id.  Returns NULL with one sentence in reterr
 * if the receiver or a text is invalid.  Pure.
 */
json_t *cfn_signal_entry(const struct cfn_signal *s, const char *id, char reterr[static CONF_ERR]);

int command_cfn_signal(int argc, char **argv);

#endif
