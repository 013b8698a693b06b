/* SPDX-License-Identifier: Apache-2.0 */
/* heat_api.h - Heat's own API: its addresses, and what its refusals mean.  Pure. */
#ifndef HEAT_API_HEAT_API_H
#define HEAT_API_HEAT_API_H

#include <stddef.h>

struct heat_api_fault {
	const char *state; /* as in the status of a source */
	char why[300];
};

/*
 * ENDPOINT/stacks/NAME/UUID/resources/RESOURCE + tail, percent-encoded where needed.  -EMSGSIZE, or
 * -EINVAL for a name that is "." or "..".  `stack` is "NAME/UUID".
 */
int heat_api_url(char *ret, size_t size, const char *endpoint, const char *stack,
        const char *resource, const char *tail);

/* Why an answer with this status is none. */
void heat_api_explain(struct heat_api_fault *ret, long status, const char *body);

/*
 * Takes a CFN signal's URL apart: ".../v1/signal/arn%3Aopenstack%3Aheat%3A%3APROJECT%3Astacks/NAME/
 * UUID/resources/RESOURCE?...".  -EINVAL: it is none.
 */
int heat_api_from_arn(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size);

/* The same of a native signal's URL: ".../stacks/NAME/UUID/resources/RESOURCE/signal". */
int heat_api_from_url(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size);

#endif
