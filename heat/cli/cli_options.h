/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_options.h - the options that cfn-signal and cfn-get-metadata share, and the settings of this guest for them and
 * for heat-config-notify.
 */
#ifndef HEAT_CLI_CLI_OPTIONS_H
#define HEAT_CLI_CLI_OPTIONS_H

#include "agent/cli/options.h"
#include "agent/conf/conf.h"

/* Values of the options; NULL: not given. */
struct cli_options {
	const char *stack, *resource, *access_key, *secret_key, *credential_file, *url, *proxy;
	const char *ignored; /* region, role: Heat has neither */
	bool insecure;
};

/*
 * The shared entries of a program's table; s, r and u are the letters of --stack, --resource and --url, or 0.  The
 * references treat an empty argument as none.
 */
#define CLI_TEXT_OPTION(letter, name, argument, help, place)                                       \
	{                                                                                          \
		letter, name, argument, help, .text = place, .unset_if_empty = true                \
	}
/* clang-format off */
#define CLI_OPTIONS(o, s, r, u)                                                                    \
	CLI_TEXT_OPTION(s, "stack", "NAME", "the stack (default: this guest's)", &(o)->stack),     \
	CLI_TEXT_OPTION(r, "resource", "NAME", "a resource of the stack", &(o)->resource),         \
	CLI_TEXT_OPTION(0, "access-key", "KEY", "replaces this guest's", &(o)->access_key),        \
	CLI_TEXT_OPTION(0, "secret-key", "KEY", "replaces this guest's", &(o)->secret_key),        \
	CLI_TEXT_OPTION('f', "credential-file", "FILE", "file of both keys", &(o)->credential_file), \
	CLI_TEXT_OPTION(u, "url", "URL", "address of the CFN API", &(o)->url),                     \
	CLI_TEXT_OPTION(0, "http-proxy", "URL", "proxy for each request", &(o)->proxy),            \
	CLI_TEXT_OPTION(0, "https-proxy", "URL", "the same", &(o)->proxy),                         \
	CLI_TEXT_OPTION(0, "region", "X", NULL, &(o)->ignored),                                    \
	CLI_TEXT_OPTION(0, "role", "X", NULL, &(o)->ignored)
/* clang-format on */

/*
 * Loads this guest's settings, with the transport of the last known metadata, and applies the
 * options. Errors in the files are ignored as long as a source is left; unusable options return
 * -EINVAL with the reason. The caller calls conf_free() in any case.
 */
int cli_conf(struct conf *ret, const struct cli_options *o, char reterr[static CONF_ERR]);

/* Returns true if the source's stack has this name or id; NULL matches each source. */
bool cli_stack_resource(const struct source *s, const char *stack);

/* Returns true if an option replaces this guest's own address or credentials, which are all that the daemon knows. */
bool cli_is_foreign_option(const struct cli_options *o);

#endif
