/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/heat_api.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"

int heat_api_encode(char *ret, size_t size, const char *text, const char *keep)
{
	size_t n = strlen(ret);

	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (n + 4 > size)
			return -EMSGSIZE;
		if (isalnum(c) || strchr("-._~", c) || strchr(keep, c))
			ret[n++] = (char)c;
		else
			n += (size_t)snprintf(ret + n, size - n, "%%%02X", (unsigned)c);
		ret[n] = '\0';
	}
	return 0;
}

/*
 * Returns true if a segment of the path is "." or "..": HTTP clients resolve such segments, and the request would go
 * to another resource.
 */
static bool has_dot_segment(const char *path)
{
	for (;;) {
		const size_t n = strcspn(path, "/");

		if (n > 0 && n < 3 && strspn(path, ".") == n)
			return true;
		if (!path[n])
			return false;
		path += n + 1;
	}
}

int heat_api_url(char *ret, size_t size, const char *endpoint, const char *stack,
        const char *resource, const char *tail)
{
	int r;

	if (has_dot_segment(stack) || has_dot_segment(resource))
		return -EINVAL;
	if (snprintf(ret, size, "%s/stacks/", endpoint) >= (int)size)
		return -EMSGSIZE;
	r = heat_api_encode(ret, size, stack, "/");
	if (r == 0)
		r = heat_api_encode(ret, size, "/resources/", "/");
	if (r == 0)
		r = heat_api_encode(ret, size, resource, "");
	return r < 0 ? r : heat_api_encode(ret, size, tail, "/");
}

void heat_api_explain(struct heat_api_fault *ret, long status, const char *body)
{
	/* {"error": {"message": "The Stack (x) could not be found."}} */
	json_auto_t *root = json_loads(body, 0, NULL);
	const char *what;
	char said[160];

	STR_COPY(said, json_text_at(json_object_get(root, "error"), "message"));
	if (status == 401) {
		ret->state = "denied";
		what = "Heat refuses a fresh token (401): is the stack gone?";
	} else if (status == 403) {
		ret->state = "forbidden";
		what = "these credentials do not permit it (403): Heat's policy, a stack of "
		       "another "
		       "project, or a resource of another user";
	} else if (status == 404) {
		ret->state = strstr(said, "Resource (") ? "no-resource" : "no-stack";
		what = "Heat has no such stack or resource (404)";
	} else if (status == 429 || status == 503) {
		ret->state = "busy";
		what = "Heat is too busy";
	} else if (status >= 500) {
		ret->state = "engine-down";
		what = "heat-engine does not answer behind the API, or fails";
	} else if (status >= 300 && status < 400) {
		ret->state = "wrong-url";
		what = "the server redirects elsewhere, which is not followed";
	} else {
		ret->state = "garbled";
		what = "Heat rejects the request";
	}
	(void)snprintf(ret->why, sizeof(ret->why), *said ? "%s (HTTP %ld): %s" : "%s (HTTP %ld)",
	        what, status, said);
}

/*
 * Percent-decodes s up to its query.  Returns 0, or -EINVAL if it does not fit or holds %00: a truncated name could be
 * that of another resource.
 */
static int decode_percent(const char *s, char *ret, size_t size)
{
	size_t n = 0;

	for (; *s && *s != '?' && n + 1 < size; s++) {
		char hex[3] = { 0 };

		if (*s == '%' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
			memcpy(hex, s + 1, 2);
			ret[n++] = (char)strtol(hex, NULL, 16);
			s += 2;
			if (!ret[n - 1])
				return -EINVAL;
		} else {
			ret[n++] = *s;
		}
	}
	ret[n] = '\0';
	return *s && *s != '?' ? -EINVAL : 0;
}

/* Splits "NAME/UUID/resources/RESOURCE" in place.  Returns 0 or -EINVAL. */
static int split_stack_path(
        char *stacks, char *ret_stack, size_t stack_size, char *ret_resource, size_t resource_size)
{
	char *slash, *resource;

	slash = strchr(stacks, '/');
	resource = slash ? strstr(slash, "/resources/") : NULL;
	if (!resource || slash == stacks || resource <= slash + 1)
		return -EINVAL;
	*resource = '\0';
	resource += strlen("/resources/");
	if (!*resource || strchr(resource, '/') || strchr(slash + 1, '/') ||
	        has_dot_segment(stacks) || has_dot_segment(resource))
		return -EINVAL;
	return snprintf(ret_stack, stack_size, "%s", stacks) < (int)stack_size &&
	                       snprintf(ret_resource, resource_size, "%s", resource) <
	                               (int)resource_size
	               ? 0
	               : -EINVAL;
}

int heat_api_from_arn(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size)
{
	char plain[2048], *arn, *stacks;

	if (decode_percent(url, plain, sizeof(plain)) < 0)
		return -EINVAL;
	arn = strstr(plain, "arn:openstack:heat::");
	stacks = arn ? strstr(arn, ":stacks/") : NULL;
	return stacks ? split_stack_path(stacks + strlen(":stacks/"), ret_stack, stack_size,
	                        ret_resource, resource_size)
	              : -EINVAL;
}

int heat_api_from_url(const char *url, char *ret_stack, size_t stack_size, char *ret_resource,
        size_t resource_size)
{
	char plain[2048], *stacks, *tail;

	if (decode_percent(url, plain, sizeof(plain)) < 0)
		return -EINVAL;
	stacks = strstr(plain, "/stacks/");
	tail = strrchr(plain, '/');
	if (!stacks || strcmp(tail, "/signal") != 0)
		return -EINVAL;
	*tail = '\0';
	return split_stack_path(
	        stacks + strlen("/stacks/"), ret_stack, stack_size, ret_resource, resource_size);
}
