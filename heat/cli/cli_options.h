/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_options.h - what cfn-signal, cfn-get-metadata and heat-config-notify have in common: the options by which a
 * caller says whom to ask as whom, and this guest's settings.
 */
#ifndef HEAT_CLI_CLI_OPTIONS_H
#define HEAT_CLI_CLI_OPTIONS_H

#include <getopt.h>

#include "agent/conf/conf.h"

/* NULL: not given. */
struct cli_options {
	const char *stack, *resource, *access_key, *secret_key, *credential_file, *url, *proxy;
	bool insecure;
};

/* Their long options: a program's own list begins with them. */
enum {
	OPTION_STACK = 0x100,
	OPTION_RESOURCE,
	OPTION_ACCESS_KEY,
	OPTION_SECRET_KEY,
	OPTION_CREDENTIAL_FILE,
	OPTION_URL,
	OPTION_PROXY,
	OPTION_IGNORED, /* region, role: Heat has neither */
	OPTION_OWN,     /* the first that is the program's */
};
#define PROGRAM_OPTIONS                                                                            \
	{ "stack", required_argument, NULL, OPTION_STACK },                                        \
	        { "resource", required_argument, NULL, OPTION_RESOURCE },                          \
	        { "access-key", required_argument, NULL, OPTION_ACCESS_KEY },                      \
	        { "secret-key", required_argument, NULL, OPTION_SECRET_KEY },                      \
	        { "credential-file", required_argument, NULL, OPTION_CREDENTIAL_FILE },            \
	        { "url", required_argument, NULL, OPTION_URL },                                    \
	        { "http-proxy", required_argument, NULL, OPTION_PROXY },                           \
	        { "https-proxy", required_argument, NULL, OPTION_PROXY },                          \
	        { "region", required_argument, NULL, OPTION_IGNORED },                             \
	{                                                                                          \
		"role", required_argument, NULL, OPTION_IGNORED                                    \
	}

/* True: it was one of PROGRAM_OPTIONS. */
bool cli_option(struct cli_options *o, int c, char *arg);

/*
 * Loads this guest's settings, with the last known transport of Heat's metadata, and applies the
 * options. Mistakes in the files are ignored as long as some source is left; unusable options
 * return -EINVAL with the reason. Call conf_free() in any case.
 */
int cli_conf(struct conf *ret, const struct cli_options *o, char reterr[static CONF_ERR]);

/* May this source be asked of a stack, by its name or id?  NULL: the source's own. */
bool cli_stack_resource(const struct source *s, const char *stack);

/* Whether somebody else than this guest is to ask: with the daemon's credentials it is not the same. */
bool cli_is_foreign_option(const struct cli_options *o);

#endif
