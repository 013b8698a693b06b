/* SPDX-License-Identifier: Apache-2.0 */
/* source_cfn.c - facts of an answer beside the metadata. */
#include "tests/unit/lib/test.h"

#include "agent/base/log.h"
#include "heat/source/poll_internal.h"
#include "heat/source/source_cfn.c"

static struct conf conf = { .interval_s = 60, .max_backoff_s = 3600, .own = "Srv" };
static struct loop loop;

static int got(struct polls *p, struct poll_source *s, bool gone)
{
	(void)p;
	(void)s;
	(void)gone;
	return 0;
}

static void answer(struct poll_source *s, const char *resource, const char *stack)
{
	const char *text =
	        fmt("{\"DescribeStackResourceResponse\": {\"DescribeStackResourceResult\": "
	            "{\"StackResourceDetail\": {\"Metadata\": {}, \"StackId\": "
	            "\"arn:openstack:heat::p:stacks/%s\"}}}}",
	                stack);
	(void)snprintf(s->src.resource, sizeof(s->src.resource), "%s", resource);
	s->busy = true;
	s->rq.status = 200;
	on_cfn_answer(&s->rq, text, strlen(text));
	assert_string_equal(s->state, "ok");
}

TEST(our_stack_is_the_one_of_our_own_resource)
{
	struct polls polls = { .conf = &conf, .loop = &loop, .got = got };
	struct poll_source ours = { .owner = &polls }, other = { .owner = &polls };

	log_open(LOG_EMERG);
	assert_int_equal(loop_open(&loop), 0);
	answer(&other, "Other", "b/2"); /* better than to know none */
	assert_string_equal(polls.stack_arn, "arn:openstack:heat::p:stacks/b/2");
	answer(&ours, "Srv", "a/1");
	answer(&other, "Other", "b/2");
	assert_string_equal(polls.stack_arn, "arn:openstack:heat::p:stacks/a/1");
	poll_source_clear(&ours);
	poll_source_clear(&other);
	loop_close(&loop);
}
