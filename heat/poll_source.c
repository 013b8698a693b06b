/* SPDX-License-Identifier: Apache-2.0 */
/* poll_source.c - one resource: asks, understands, and decides when to ask again. */
#include "heat/poll_source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "agent/clean.h"
#include "agent/log.h"
#include "agent/path.h"

/* Half a minute either way is NTP being late; Keystone minds from 15 minutes on. */
static const long skew_told_s = 60;

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

double poll_chance(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = 0; /* does not happen for so few bytes */
	return n / 4294967296.0;
}

void poll_source_later(struct poll_source *s, double wait_s)
{
	uint64_t ms = (uint64_t)(wait_s * 1000);

	s->next_ms = loop_now() + ms;
	loop_timer_stop(s->owner->loop, &s->timer);
	if (loop_timer_start(s->owner->loop, &s->timer, ms, 0) < 0)
		log_err("%s: no timer; polled with the next reload", s->resource);
}

/* How long until the next poll: about the interval, or twice as long for each failure. */
static double pause_s(const struct poll_source *s, long retry_after_s)
{
	const struct conf *cf = s->owner->conf;
	double wait = cf->interval_s;

	if (s->failures == 0)
		return wait * (0.9 + 0.2 * poll_chance());
	for (unsigned i = 1; i < s->failures && wait < cf->max_backoff_s; i++)
		wait *= 2;
	if (wait > cf->max_backoff_s)
		wait = cf->max_backoff_s;
	wait *= 0.5 + 0.5 * poll_chance();
	if (retry_after_s > (long)cf->max_backoff_s)
		retry_after_s = (long)cf->max_backoff_s;
	return wait > (double)retry_after_s ? wait
	                                    : (double)retry_after_s * (1 + 0.2 * poll_chance());
}

static void ended(struct poll_source *s, long retry_after_s)
{
	struct polls *p = s->owner;

	s->busy = false;
	s->resigned = false;
	poll_source_later(s, pause_s(s, retry_after_s));
	if (!polls_busy(p) && p->idle)
		p->idle(p);
}

static void failed(struct poll_source *s, const char *state, const char *why, long retry_after_s)
{
	bool news = strcmp(s->state, state) != 0;

	(void)snprintf(s->state, sizeof(s->state), "%s", state);
	(void)snprintf(s->why, sizeof(s->why), "%s", why);
	s->failures++;
	log_at(news ? LOG_WARNING : LOG_DEBUG, "%s: %s: %s", s->resource, state, why);
	ended(s, retry_after_s);
}

static void succeeded(struct poll_source *s, const struct cfn_resource *r)
{
	if (s->failures)
		log_notice("%s: answers again after %u failures (%s)", s->resource, s->failures,
		        s->state);
	(void)snprintf(s->state, sizeof(s->state), "ok");
	s->why[0] = '\0';
	s->failures = 0;
	s->ok_ms = loop_now();
	s->owner->got(s->owner, s->resource, r);
	ended(s, 0);
}

/* Compares clocks by the answer's Date.  True: requests are signed for another time from now on. */
static bool skewed(struct polls *p, time_t date)
{
	long skew = date ? (long)(date - time(NULL)) : p->skew_s, was = p->skew_s;

	if (labs(skew) <= skew_told_s)
		skew = 0;
	if (labs(skew - was) <= skew_told_s && (skew == 0) == (was == 0))
		return false;
	p->skew_s = skew;
	if (skew)
		log_warn("this guest's clock is %ld s %s Heat's; requests are signed with Heat's "
		         "time",
		        labs(skew), skew > 0 ? "behind" : "ahead of");
	else
		log_notice("this guest's clock agrees with Heat's again");
	return true;
}

static void no_answer(struct poll_source *s)
{
	char why[CFN_WHY];

	switch (s->rq.error) {
	case -EFBIG:
		(void)snprintf(why, sizeof(why),
		        "the answer is larger than %d MiB; it is not taken", HTTP_ANSWER_MAX >> 20);
		failed(s, "too-large", why, 0);
		break;
	case -EKEYREJECTED:
		(void)snprintf(why, sizeof(why), "TLS: %.200s (see ca-file)", s->rq.why);
		failed(s, "tls", why, 0);
		break;
	case -ETIMEDOUT:
		failed(s, "timeout", s->rq.why, 0);
		break;
	default:
		failed(s, "unreachable", s->rq.why, 0);
	}
}

static int ask(struct poll_source *s);

static void answered(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	struct cfn_resource res = { 0 };
	enum cfn_verdict v;
	char why[CFN_WHY];
	bool clock_news;

	if (rq->error < 0) {
		no_answer(s);
		return;
	}
	clock_news = skewed(s->owner, rq->date);
	v = cfn_parse(&res, rq->status, answer, len, why);
	if (v == CFN_DENIED && clock_news && !s->resigned) {
		s->resigned = true;
		if (ask(s) == 0)
			return;
	}
	if (v == CFN_OK) {
		succeeded(s, &res);
		cfn_resource_clear(&res);
		return;
	}
	if (v == CFN_NO_RESOURCE)
		s->owner->got(s->owner, s->resource, &res); /* without metadata: it is gone */
	failed(s, states[v], why, rq->retry_after_s);
}

static int ask(struct poll_source *s)
{
	struct polls *p = s->owner;
	int r = cfn_build(&s->cfn, p->conf, s->resource, time(NULL) + p->skew_s);

	if (r < 0)
		return r;
	s->rq.method = "GET";
	s->rq.url = s->cfn.url;
	s->rq.headers = s->cfn.headers;
	s->rq.timeout_s = (long)p->conf->timeout_s;
	s->rq.done = answered;
	return http_start(p->http, &s->rq);
}

static void read_file(struct poll_source *s)
{
	const char *path = s->owner->conf->metadata_file;
	struct cfn_resource res = { 0 };
	auto_free char *text = NULL;
	char why[CFN_WHY];
	json_error_t e;
	size_t len;
	int r = path_read(path, HTTP_ANSWER_MAX, &text, &len);

	if (r < 0) {
		(void)snprintf(why, sizeof(why), "%.200s: %s", path, strerror(-r));
		failed(s, "unreadable", why, 0);
		return;
	}
	if (!cfn_shallow(text, len)) {
		(void)snprintf(
		        why, sizeof(why), "%.200s: nested deeper than %d levels", path, CFN_DEPTH);
		failed(s, "garbled", why, 0);
		return;
	}
	res.metadata = json_loadb(text, len, JSON_ALLOW_NUL, &e);
	if (json_is_object(res.metadata)) {
		(void)snprintf(res.physical_id, sizeof(res.physical_id), "local");
		succeeded(s, &res);
	} else if (res.metadata) {
		(void)snprintf(why, sizeof(why), "%.200s: the metadata is not an object", path);
		failed(s, "garbled", why, 0);
	} else {
		(void)snprintf(why, sizeof(why), "%.200s:%d: %.120s", path, e.line, e.text);
		failed(s, "garbled", why, 0);
	}
	cfn_resource_clear(&res);
}

void poll_source_ask(struct poll_source *s)
{
	const struct conf *cf = s->owner->conf;
	int r;

	if (s->busy)
		return;
	s->busy = true;
	if (*cf->metadata_file) {
		read_file(s);
		return;
	}
	if (!*cf->url || !*cf->access_key || !*cf->stack) {
		failed(s, "not-configured",
		        !*cf->url
		                ? "no URL of a CFN API: neither cfn-metadata-server nor [heat] url"
		        : !*cf->stack ? "no stack is named"
		                      : "no credentials: credential-file gives none",
		        0);
		return;
	}
	r = ask(s);
	if (r < 0)
		failed(s, "not-configured",
		        r == -EMSGSIZE ? "the names in the request are too long"
		                       : "the URL of the CFN API cannot be used",
		        0);
}
