/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/source/poll_once.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

enum { TIMEOUT_MAX_S = 30 };

static int on_trial_metadata(struct polls *p, struct poll_source *s, bool gone)
{
	struct poll_trial *t = container_of(p, struct poll_trial, polls);

	(void)gone;
	json_decref(t->doc);
	t->doc = json_incref(s->doc);
	STR_COPY(t->type, s->type);
	return 0;
}

static void stop_after_trial(struct loop *l)
{
	if (!polls_busy(&container_of(l, struct poll_trial, loop)->polls))
		loop_stop(l);
}

void poll_once(struct poll_trial *t, const struct conf *cf, const struct source *src)
{
	struct source one = *src;

	json_decref(t->doc);
	memset(t, 0, sizeof(*t));
	one.standby = false;
	t->conf = *cf;
	t->conf.source = &one;
	t->conf.source_count = 1;
	t->conf.timeout_s = cf->timeout_s < TIMEOUT_MAX_S ? cf->timeout_s : TIMEOUT_MAX_S;
	if (loop_open(&t->loop) < 0 || http_open(&t->http, &t->loop) < 0)
		return;
	keystone_open(&t->keystone, &t->http);
	polls_open(&t->polls, &t->loop, &t->http, &t->keystone);
	t->polls.got = on_trial_metadata;
	t->loop.prepare = stop_after_trial;
	t->polls.read_only = true;
	polls_conf(&t->polls, &t->conf, true);
	(void)loop_run(&t->loop);
	STR_COPY(t->state, t->polls.source[0].state);
	STR_COPY(t->why, t->polls.source[0].why);
	STR_COPY(t->stack_arn, t->polls.stack_arn);
	t->error = t->polls.source[0].rq.error;
	t->skew_s = t->polls.skew_s;
	polls_close(&t->polls);
	keystone_close(&t->keystone);
	http_close(&t->http);
	loop_close(&t->loop);
	explicit_bzero(&t->conf, sizeof(t->conf));
	explicit_bzero(&one, sizeof(one));
}
