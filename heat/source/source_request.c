/* SPDX-License-Identifier: Apache-2.0 */
/* source_request.c - POLL_TEMP_URL: a GET request, conditional on changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heat/source/poll_internal.h"

/* Stores the validators of the answer for a conditional request. */
static void remember_validators(struct poll_source *s)
{
	static const char *const header_names[HTTP_HEADERS] = { "If-Modified-Since",
		"If-None-Match" };

	for (int i = 0; i < HTTP_HEADERS; i++) {
		free(s->since[i]);
		s->since[i] = NULL;
		if (s->rq.got[i] && strlen(s->rq.got[i]) < 512 &&
		        asprintf(&s->since[i], "%s: %s", header_names[i], s->rq.got[i]) < 0)
			s->since[i] = NULL;
	}
}

static void explain_refusal(struct poll_source *s)
{
	const long status = s->rq.status;
	const char *state = status == 401 || status == 403   ? "denied"
	                    : status == 404                  ? "no-stack"
	                    : status == 429 || status == 503 ? "busy"
	                    : status >= 500                  ? "engine-down"
	                                                     : "wrong-url";
	char why[CFN_WHY];

	(void)snprintf(why, sizeof(why),
	        status == 401 || status == 403
	                ? "the object store refuses the URL (HTTP %ld): expired, or its key changed"
	        : status == 404 ? "no object at the URL (HTTP %ld): is the stack gone?"
	                        : "the object store answers HTTP %ld",
	        status);
	source_failed(s, state, why, s->rq.retry_after_s);
}

static void on_request_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct poll_source *s = container_of(rq, struct poll_source, rq);
	json_t *doc;

	if (rq->error < 0) {
		source_no_answer(s);
	} else if (rq->status == 304 && s->doc) {
		source_unchanged(s);
	} else if (rq->status != 200) {
		explain_refusal(s);
	} else if (len == 0 && !rq->sized) {
		source_failed(s, "garbled", "the answer is empty and has no Content-Length", 0);
	} else if (len == 0) {
		/* Heat has created the object, but not written metadata to it yet. */
		source_succeeded(s, json_object(), NULL, s->src.resource);
	} else {
		doc = source_parse_object(s, answer, len, "the answer");
		if (!doc)
			return;
		remember_validators(s);
		source_succeeded(s, doc, NULL, s->src.resource);
	}
}

static void poll_request_source(struct poll_source *s)
{
	int n = 0;

	for (int i = 0; i < HTTP_HEADERS; i++)
		if (s->since[i] && s->doc)
			s->headers[n++] = s->since[i];
	s->headers[n] = NULL;
	s->rq.method = "GET";
	s->rq.url = s->src.url;
	s->rq.headers = s->headers;
	s->rq.want[0] = "Last-Modified";
	s->rq.want[1] = "ETag";
	s->rq.done = on_request_answer;
	source_send(s);
}

const struct source_ops source_request = { .ask = poll_request_source };
