/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_zaqar.c - ZAQAR_MESSAGE: Heat posts the whole metadata to a queue of this server.
 *
 * Messages are claimed, their content is written to disk, and then they are deleted: after a crash
 * in between they are claimed again. Zaqar keeps messages for an hour and does not send them again,
 * so earlier content is restored from disk at the start.
 *
 * A claim whose answer is lost hides its messages until it expires. After a possible claim, and for
 * `prehup doctor`, messages are read without a claim.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "heat/source/poll_internal.h"

enum { MESSAGES_MAX = 20 };

/*
 * Seconds, the minimum that Zaqar allows: longer than it takes to write a file and to delete the
 * messages.
 */
static const char claim_body[] = "{\"ttl\": 60, \"grace\": 60}";

static void request_zaqar_messages(struct poll_source *s);
static void delete_next_message(struct poll_source *s);

static void prepare_zaqar_request(struct poll_source *s, const char *method, const char *body)
{
	const struct keystone_session *k = keystone_session(s->owner->keystone, &s->src.user);

	s->headers[0] = k->auth;
	s->headers[1] = "Content-Type: application/json";
	/* Zaqar requires a client UUID, by which it distinguishes readers from writers. */
	s->headers[2] = "Client-ID: 70726568-7570-4000-8000-000000000001";
	s->headers[3] = NULL;
	s->rq.method = method;
	s->rq.url = s->url;
	s->rq.headers = s->headers;
	s->rq.body = body;
}

/* Writes the URL of a message from its path, "/v2/queues/Q/messages/ID?claim_id=C". */
static int set_message_url(struct poll_source *s, const char *href)
{
	const struct keystone_session *k = keystone_session(s->owner->keystone, &s->src.user);
	size_t n;

	if (!k || !href || *href != '/')
		return -EINVAL;
	n = strlen(k->messaging);
	if (n > 3 && strcmp(k->messaging + n - 3, "/v2") == 0)
		n -= 3;
	return snprintf(s->url, sizeof(s->url), "%.*s%s", (int)n, k->messaging, href) <
	                       (int)sizeof(s->url)
	               ? 0
	               : -EINVAL;
}

static void on_zaqar_deleted(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);

	(void)answer;
	(void)len;
	if (rq->error < 0) {
		/* the other deletions would fail, too; the messages are claimed again */
		source_no_answer(s);
		return;
	}
	if (rq->status >= 300 && rq->status != 404)
		log_debug("%s: cannot delete a processed message (HTTP %ld); it is received again",
		        s->src.resource, rq->status);
	(void)json_array_remove(s->claimed, 0);
	delete_next_message(s);
}

static void delete_next_message(struct poll_source *s)
{
	while (json_array_size(s->claimed) > 0) {
		const json_t *m = json_array_get(s->claimed, 0);

		if (set_message_url(s, json_string_value(json_object_get(m, "href"))) < 0) {
			(void)json_array_remove(s->claimed, 0);
			continue;
		}
		prepare_zaqar_request(s, "DELETE", NULL);
		s->more = json_array_size(s->claimed) > 1;
		s->rq.done = on_zaqar_deleted;
		source_send(s);
		return;
	}
	source_finished(s);
}

/*
 * Returns the newest document among the messages. Messages without one (an event of a sink) are
 * skipped, and so are older ones than the accepted one: their deletion had failed. A server without
 * a Date header lists the oldest first, so none is skipped then.
 */
static json_t *find_newest_message(struct poll_source *s, const json_t *messages)
{
	json_t *best = NULL, *m;
	size_t i;

	json_array_foreach (messages, i, m) {
		json_t *body = json_object_get(m, "body");
		time_t age = (time_t)json_integer_value(json_object_get(m, "age"));
		time_t posted = s->rq.date ? s->rq.date - age : s->newest_posted;

		if (!json_is_object(body) || json_object_get(body, "payload") ||
		        posted + 1 < s->newest_posted) /* ages are whole seconds */
			continue;
		best = body;
		s->newest_posted = posted;
	}
	return json_incref(best);
}

/*
 * Returns the list of an answer, which is a list or an object with one, depending on the version.
 */
static json_t *get_message_list(json_t *root)
{
	return json_is_array(root) ? root : json_object_get(root, "messages");
}

static void accept_messages(struct poll_source *s, const char *answer, size_t len)
{
	json_auto_t *root =
	        cfn_shallow(answer, len) ? json_loadb(answer, len, JSON_ALLOW_NUL, NULL) : NULL;
	json_t *list = get_message_list(root), *doc;

	if (!json_is_array(list)) {
		s->claim_unknown = true;
		source_failed(s, "garbled", "the queue's answer is not a list of messages", 0);
		return;
	}
	json_decref(s->claimed);
	s->claimed = json_incref(list);
	doc = find_newest_message(s, list);
	if (doc && source_deliver(s, doc, NULL, s->src.resource) < 0) {
		/* Not on disk: the messages are received again after the claim has expired. */
		json_decref(s->claimed);
		s->claimed = NULL;
		source_finished(s);
		return;
	}
	if (s->removed || !keystone_session(s->owner->keystone, &s->src.user))
		source_finished(s);
	else
		delete_next_message(s);
}

/* Reports a poll that has returned no messages because of an error. */
static void explain_zaqar_refusal(struct poll_source *s)
{
	const struct http_request *rq = &s->rq;
	char why[CFN_WHY];

	if (rq->error < 0) {
		source_no_answer(s);
		return;
	}
	if (rq->status == 401) {
		keystone_forget(s->owner->keystone, &s->src.user);
		if (!s->retried) {
			s->retried = true;
			request_zaqar_messages(s);
			return;
		}
	}
	(void)snprintf(why, sizeof(why),
	        rq->status == 404   ? "there is no such queue (HTTP %ld): is the stack gone?"
	        : rq->status == 401 ? "Zaqar refuses a fresh token (HTTP %ld)"
	        : rq->status == 403 ? "these credentials may not read the queue (HTTP %ld)"
	                            : "Zaqar answers HTTP %ld",
	        rq->status);
	source_failed(s,
	        rq->status == 404                        ? "no-stack"
	        : rq->status == 401 || rq->status == 403 ? "denied"
	        : rq->status == 429 || rq->status == 503 ? "busy"
	        : rq->status >= 500                      ? "engine-down"
	                                                 : "wrong-url",
	        why, rq->retry_after_s);
}

static void on_zaqar_claimed(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);

	/* After a broken connection or a gateway error the claim may have succeeded. */
	s->claim_unknown = rq->error < 0 || rq->status >= 500;
	if (rq->error == 0 && rq->status == 204)
		source_finished(s);
	else if (rq->error == 0 && (rq->status == 200 || rq->status == 201))
		accept_messages(s, answer, len);
	else
		explain_zaqar_refusal(s);
}

/* Returns the path of the list's next page; NULL: this was the last. */
static const char *find_next_page(const json_t *root)
{
	size_t i;
	json_t *link;

	if (json_array_size(json_object_get(root, "messages")) < MESSAGES_MAX)
		return NULL;
	json_array_foreach (json_object_get(root, "links"), i, link) {
		const char *rel = json_string_value(json_object_get(link, "rel"));

		if (rel && strcmp(rel, "next") == 0)
			return json_string_value(json_object_get(link, "href"));
	}
	return NULL;
}

/* Listing failed: a claim returns the messages after the claim that hides them has expired. */
static void on_listing_failed(struct poll_source *s)
{
	if (s->rq.error < 0 || s->rq.status == 401 || s->owner->read_only) {
		explain_zaqar_refusal(s);
		return;
	}
	s->claim_unknown = false;
	request_zaqar_messages(s);
}

/* With newer libraries Zaqar's Redis driver requires a marker; 0 is before the first message. */
static const char list_href[] = "/v2/queues/%s/messages?include_claimed=true&marker=0&limit=%d";

static void on_zaqar_listed(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	json_auto_t *root = NULL;
	json_t *doc;

	if (rq->error == 0 && rq->status == 200 && cfn_shallow(answer, len))
		root = json_loadb(answer, len, JSON_ALLOW_NUL, NULL);
	if (!json_is_array(get_message_list(root)) && rq->status != 204) {
		on_listing_failed(s);
		return;
	}
	doc = find_newest_message(s, get_message_list(root));
	if (doc)
		(void)source_deliver(s, doc, NULL, s->src.resource);
	if (s->removed || !keystone_session(s->owner->keystone, &s->src.user)) {
		source_finished(s);
	} else if (set_message_url(s, find_next_page(root)) == 0) {
		prepare_zaqar_request(s, "GET", NULL);
		s->rq.done = on_zaqar_listed;
		source_send(s);
	} else if (s->owner->read_only) {
		source_finished(s);
	} else {
		s->claim_unknown = false;
		request_zaqar_messages(s);
	}
}

static void on_zaqar_login(struct keystone_wait *w, const struct keystone_fault *fault)
{
	struct poll_source *s = container_of(w, struct poll_source, login);

	if (fault)
		source_failed(s, fault->state, fault->why, fault->retry_after_s);
	else
		request_zaqar_messages(s);
}

static void request_zaqar_messages(struct poll_source *s)
{
	const struct keystone_session *k = keystone_session(s->owner->keystone, &s->src.user);
	const bool list_only = s->claim_unknown || s->owner->read_only;
	char href[CONF_STR + 64];

	if (!k) {
		s->login.done = on_zaqar_login;
		s->requests++;
		if (keystone_login(s->owner->keystone, &s->src.user, &s->login) < 0)
			source_failed(s, "not-configured", "auth_url is not a valid URL", 0);
		return;
	}
	if (!*k->messaging) {
		source_failed(s, "not-configured",
		        "Keystone's catalogue has no public endpoint of type messaging (in this "
		        "region)",
		        0);
		return;
	}
	(void)snprintf(href, sizeof(href), list_only ? list_href : "/v2/queues/%s/claims?limit=%d",
	        s->src.queue, MESSAGES_MAX);
	if (strpbrk(s->src.queue, "/?#% ") || set_message_url(s, href) < 0) {
		source_failed(s, "not-configured", "invalid name of a queue", 0);
		return;
	}
	prepare_zaqar_request(s, list_only ? "GET" : "POST", list_only ? NULL : claim_body);
	/* An answer to a claim is nearly always empty, so that no request follows. */
	s->more = list_only && !s->owner->read_only;
	s->rq.done = list_only ? on_zaqar_listed : on_zaqar_claimed;
	source_send(s);
}

static void poll_zaqar_source(struct poll_source *s)
{
	struct polls *p = s->owner;
	json_t *doc = s->doc || !p->recall ? NULL : p->recall(p, s->src.resource);

	if (doc)
		(void)source_deliver(s, doc, NULL, s->src.resource);
	if (s->removed)
		source_finished(s);
	else
		request_zaqar_messages(s);
}

const struct source_ops source_zaqar = { .ask = poll_zaqar_source };
