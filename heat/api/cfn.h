/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cfn.h - builds DescribeStackResource requests for Heat's CFN API, and parses the answers.
 *
 * Pure: no clock, no network, no log.  Heat reports errors of its engine with HTTP 200 and a bare JSON string.  It
 * reports all failures of authentication with the same 403.  The parser distinguishes them as far as possible.
 */
#ifndef HEAT_API_CFN_H
#define HEAT_API_CFN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "agent/conf/conf.h"

enum {
	CFN_URL = 4096,
	CFN_HEADER = 1024,
	CFN_WHY = 400,
	CFN_DEPTH = 64, /* most levels of nesting accepted; real templates have about ten */
};

struct cfn_request {
	char url[CFN_URL];
	char authorization[CFN_HEADER], date[64]; /* header lines; "" for signature version 2 */
	const char *headers[4];                   /* NULL-terminated, for struct http_request */
};

/*
 * Builds the signed request for the resource of src.  `now` is the server's time.  With `timestamp` a request of
 * version 2 expires.  Returns 0, -EINVAL if the URL is unusable, or -EMSGSIZE if a name is too long.
 */
int cfn_build(struct cfn_request *ret, const struct source *src, enum sign sign, bool timestamp,
        time_t now);

/*
 * Copies the host of a URL as libcurl sends it (a port only if it is not the scheme's default), and the decoded
 * path.  Returns 0, -EINVAL or -EMSGSIZE.
 */
int cfn_split(const char *url, char *host, size_t host_size, char *path, size_t path_size);

enum cfn_verdict {
	CFN_OK,
	CFN_DENIED, /* 403: a wrong key, an expired signature or a deleted stack; Heat answers all alike */
	CFN_POLICY, /* 403: the policy of Heat 2024.1 and later */
	CFN_FORBIDDEN, /* no access to this resource; a stack's user gets this also for a missing one */
	CFN_NO_STACK,
	CFN_NO_RESOURCE,
	CFN_ENGINE,    /* heat-engine or Keystone is down or broken behind the API */
	CFN_BUSY,      /* 429, 503 */
	CFN_WRONG_URL, /* another service answers at this URL */
	CFN_GARBLED,   /* too large, nested too deep, or not an answer of Heat */
};

struct cfn_resource {
	json_t *metadata; /* an object; owned */
	char physical_id[256], last_updated[64], type[128], stack_arn[512];
};

/*
 * Parses an answer.  CFN_OK fills *ret; release it with cfn_resource_clear().  Every other verdict writes one
 * sentence into `why`, with a remedy if one is known.
 */
enum cfn_verdict cfn_parse(struct cfn_resource *ret, long status, const char *body, size_t len,
        char why[static CFN_WHY]);

void cfn_resource_clear(struct cfn_resource *r);

/* Returns true if the text is nested no deeper than CFN_DEPTH.  The text need not be valid JSON. */
bool cfn_shallow(const char *text, size_t len);

#endif
