/* SPDX-License-Identifier: Apache-2.0 */
/* heat_api.h - builds and parses URLs of Heat's native API, and explains its errors.  Pure. */
#ifndef HEAT_API_HEAT_API_H
#define HEAT_API_HEAT_API_H

#include <stddef.h>

struct heat_api_fault {
	const char *state; /* a state of a source, as its status shows it */
	char why[300];
};

/*
 * Writes ENDPOINT/stacks/NAME/UUID/resources/RESOURCE and `tail`, percent-encoded.  `stack` is "NAME/UUID".  Returns
 * 0, -EMSGSIZE, or -EINVAL if a name is "." or "..".
 */
int heat_api_url(char *ret, size_t size, const char *endpoint, const char *stack,
        const char *resource, const char *tail);

/*
 * Appends text to ret, percent-encoded except letters, digits, "-._~" and `keep`. Returns 0 or
 * -EMSGSIZE.
 */
int heat_api_encode(char *ret, size_t size, const char *text, const char *keep);

/* Explains an answer whose status reports an error. */
void heat_api_explain(struct heat_api_fault *ret, long status, const char *body);

/*
 * Extracts stack and resource from the URL of a CFN signal: ".../v1/signal/arn%3Aopenstack%3Aheat%3A%3APROJECT%3Astacks/NAME/
 * UUID/resources/RESOURCE?...".  Returns 0 or -EINVAL.
 */
int heat_api_from_arn(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size);

/* Does the same for the URL of a native signal: ".../stacks/NAME/UUID/resources/RESOURCE/signal". */
int heat_api_from_url(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size);

#endif
