/* SPDX-License-Identifier: Apache-2.0 */
/* source_cfn.c - POLL_SERVER_CFN: DescribeStackResource on Heat's CFN API, signed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/base/text.h"
#include "heat/source/poll_internal.h"

static const char *const states[] = {
	[CFN_OK] = "ok",
	[CFN_DENIED] = "denied",
	[CFN_POLICY] = "policy",
	[CFN_FORBIDDEN] = "forbidden",
	[CFN_NO_STACK] = "no-stack",
	[CFN_NO_RESOURCE] = "no-resource",
	[CFN_ENGINE] = "engine-down",
	[CFN_BUSY] = "busy",
	[CFN_WRONG_URL] = "wrong-url",
	[CFN_GARBLED] = "garbled",
};

static void send_signed(struct poll_source *s);

static void on_cfn_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	struct cfn_resource res = { 0 };
	enum cfn_verdict v;
	char why[CFN_WHY];
	bool skew_changed;

	if (rq->error < 0) {
		source_no_answer(s);
		return;
	}
	skew_changed = source_is_skewed(s->owner, rq->date);
	v = cfn_parse(&res, rq->status, answer, len, why);
	if (v == CFN_DENIED && skew_changed && !s->retried) {
		s->retried = true;
		send_signed(s);
		return;
	}
	if (v == CFN_OK) {
		if (!*s->owner->stack_arn || strcmp(s->src.resource, s->owner->conf->own) == 0)
			STR_COPY(s->owner->stack_arn, res.stack_arn);
		STR_COPY(s->type, res.type);
		source_succeeded(s, res.metadata, NULL, res.physical_id);
		return;
	}
	if (v == CFN_NO_RESOURCE)
		source_removed(s);
	source_failed(s, states[v], why, rq->retry_after_s);
}

static void send_signed(struct poll_source *s)
{
	struct polls *p = s->owner;
	int r = cfn_build(&s->cfn, &s->src, (enum sign)p->conf->sign, p->conf->sign_timestamp,
	        time(NULL) + p->skew_s);

	if (r < 0) {
		source_failed(s, "not-configured",
		        r == -EMSGSIZE ? "the names in the request are too long"
		                       : "the URL of the CFN API cannot be used",
		        0);
		return;
	}
	s->rq.method = "GET";
	s->rq.url = s->cfn.url;
	s->rq.headers = s->cfn.headers;
	s->rq.done = on_cfn_answer;
	source_send(s);
}

static void poll_cfn_source(struct poll_source *s)
{
	if (!*s->src.url || !*s->src.access_key || !*s->src.stack)
		source_failed(s, "not-configured",
		        !*s->src.url     ? "no URL of a CFN API: neither cfn-metadata-server nor "
		                           "[heat] url"
		        : !*s->src.stack ? "no stack is configured"
		                         : "no credentials in credential-file",
		        0);
	else
		send_signed(s);
}

const struct source_ops source_cfn = { .ask = poll_cfn_source };
