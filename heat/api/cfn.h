/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cfn.h - DescribeStackResource on Heat's CFN API: what is sent, and what comes back means.
 *
 * Pure: no clock, no network, no log.  Heat answers errors of its engine with HTTP 200 and a bare
 * JSON string, and all failures of authentication with the same 403; here they are told apart as
 * far as the answer allows.
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
	CFN_DEPTH = 64, /* levels of nesting taken; templates in the field have about ten */
};

struct cfn_request {
	char url[CFN_URL];
	char authorization[CFN_HEADER], date[64]; /* header lines; "" with version 2 */
	const char *headers[4];                   /* NULL-terminated, for struct http_request */
};

/*
 * Builds the signed request for a source's resource as of `now` (corrected for the server's clock);
 * `timestamp`: with version 2, let it expire.  -EINVAL: no usable URL; -EMSGSIZE: names too long.
 */
int cfn_build(struct cfn_request *ret, const struct source *src, enum sign sign, bool timestamp,
        time_t now);

/*
 * The host of a URL as libcurl will send it (port only when it is not the scheme's) and its path,
 * decoded.  -EINVAL, -EMSGSIZE.
 */
int cfn_split(const char *url, char *host, size_t host_size, char *path, size_t path_size);

enum cfn_verdict {
	CFN_OK,
	CFN_DENIED,    /* 403: bad key, stale or skewed signature, or a deleted stack: all alike */
	CFN_POLICY,    /* 403: the policy of Heat 2024.1 and later */
	CFN_FORBIDDEN, /* not this resource (or, for a stack's user, no such resource) */
	CFN_NO_STACK,
	CFN_NO_RESOURCE,
	CFN_ENGINE,    /* heat-engine or Keystone is down or broken behind the API */
	CFN_BUSY,      /* 429, 503 */
	CFN_WRONG_URL, /* something else answers there */
	CFN_GARBLED,   /* too large, too deep, not what Heat sends */
};

struct cfn_resource {
	json_t *metadata; /* an object; the caller's reference */
	char physical_id[256], last_updated[64], type[128], stack_arn[512];
};

/*
 * Reads an answer.  CFN_OK fills *ret; every other verdict puts one plain sentence in `why`, with
 * the remedy where there is one.
 */
enum cfn_verdict cfn_parse(struct cfn_resource *ret, long status, const char *body, size_t len,
        char why[static CFN_WHY]);

void cfn_resource_clear(struct cfn_resource *r);

/* Is this text nested no deeper than CFN_DEPTH?  Says nothing of whether it is JSON. */
bool cfn_shallow(const char *text, size_t len);

#endif
