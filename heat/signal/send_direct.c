/* SPDX-License-Identifier: Apache-2.0 */
/* send_direct.c - sends a signal without a daemon: runs its own event loop until the timeout. */
#include <stdio.h>
#include <string.h>

#include "agent/base/backoff.h"
#include "agent/base/system.h"
#include "agent/base/text.h"
#include "heat/signal/send.h"
#include "heat/source/poll_once.h"

/* From the first retry to the slowest, in seconds. */
static const double first_retry_s = 1, slowest_retry_s = 15;

struct telling {
	struct loop loop;
	struct http http;
	struct keystone keystone;
	struct conf conf;
	struct delivery_context cx;
	struct delivery delivery;
	struct delivery_result last;
	struct loop_timer again;
	const json_t *entry;
	uint64_t until_ms;
	unsigned attempts;
	long skew_s;
	char stack_arn[512];
};

static void start_direct_attempt(struct telling *t)
{
	if (delivery_start(&t->delivery, &t->cx, t->entry) == 0)
		return;
	(void)snprintf(t->last.why, sizeof(t->last.why), "out of memory");
	loop_stop(&t->loop);
}

static void on_direct_delivered(struct delivery *d, const struct delivery_result *res)
{
	struct telling *t = container_of(d, struct telling, delivery);
	double wait_s = backoff_s(first_retry_s, slowest_retry_s, ++t->attempts) *
	                (0.75 + 0.5 * random_unit());
	uint64_t wait_ms;

	t->last = *res;
	if (wait_s < (double)res->retry_after_s)
		wait_s = (double)res->retry_after_s;
	wait_ms = (uint64_t)(wait_s * 1000);
	if (send_is_final(res) || loop_now() + wait_ms >= t->until_ms ||
	        loop_timer_start(&t->loop, &t->again, wait_ms, 0) < 0)
		loop_stop(&t->loop);
}

static void on_direct_timer(struct loop_timer *timer, uint64_t missed)
{
	struct telling *t = container_of(timer, struct telling, again);
	const unsigned left_s = (unsigned)((t->until_ms - loop_now()) / 1000) + 1;

	(void)missed;
	if (t->conf.timeout_s > left_s)
		t->conf.timeout_s = left_s;
	start_direct_attempt(t);
}

/* With only keys of the CFN API, the ARN of the own stack has to be queried. */
static void learn_stack(struct telling *t, const struct conf *cf)
{
	static struct poll_trial trial;

	for (unsigned i = 0; i < cf->source_count && !*t->stack_arn; i++) {
		const struct source *s = &cf->source[i];

		if (s->kind == SOURCE_HEAT && *s->user.user_id)
			return;
		if (s->kind != SOURCE_CFN || !*s->access_key)
			continue;
		poll_once(&trial, cf, s);
		STR_COPY(t->stack_arn, trial.stack_arn);
		t->skew_s = trial.skew_s;
	}
}

/* Sets up the settings that a delivery needs. */
static void load_direct_options(struct telling *t, const struct send_options *tell)
{
	t->conf = *tell->conf;
	if (t->conf.timeout_s > tell->timeout_s)
		t->conf.timeout_s = tell->timeout_s ? tell->timeout_s : 1;
	conf_http_options(&t->http, &t->conf);
	t->keystone.timeout_s = (long)t->conf.timeout_s;
	t->cx = (struct delivery_context){ .http = &t->http,
		.keystone = &t->keystone,
		.conf = &t->conf,
		.stack_arn = t->stack_arn,
		.skew_s = &t->skew_s };
}

enum send_status send_direct(
        const struct send_options *tell, const json_t *entry, char why[static DELIVERY_WHY])
{
	static struct telling t;
	const char *way = json_string_value(json_object_get(entry, "way"));
	int r = loop_open(&t.loop);

	if (r == 0)
		r = http_open(&t.http, &t.loop);
	if (r < 0) {
		(void)snprintf(why, DELIVERY_WHY, "cannot start: %s", strerror(-r));
		return SEND_FAILED;
	}
	keystone_open(&t.keystone, &t.http);
	if (way && strcmp(way, "own") == 0)
		learn_stack(&t, tell->conf);
	load_direct_options(&t, tell);
	t.entry = entry;
	t.until_ms = loop_now() + tell->timeout_s * 1000ULL;
	t.delivery.done = on_direct_delivered;
	t.delivery.timer.io.fd = t.again.io.fd = -1;
	t.again.fired = on_direct_timer;
	start_direct_attempt(&t);
	(void)loop_run(&t.loop); /* returns at once if the delivery has already ended */
	delivery_cancel(&t.delivery);
	loop_timer_stop(&t.loop, &t.again);
	keystone_close(&t.keystone);
	http_close(&t.http);
	loop_close(&t.loop);
	(void)snprintf(why, DELIVERY_WHY, "%s", t.last.taken ? "" : t.last.why);
	explicit_bzero(&t.conf, sizeof(t.conf));
	return send_status(&t.last);
}
