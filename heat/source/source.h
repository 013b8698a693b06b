/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the interface of a way to get metadata, and what poll.c does for each of them.
 *
 * A transport's ask() leads, then or later, to exactly one of source_succeeded(), source_unchanged(), source_failed(),
 * source_no_answer() or source_finished() for the source it was given.
 */
#ifndef HEAT_SOURCE_SOURCE_H
#define HEAT_SOURCE_SOURCE_H

#include "heat/source/poll.h"

struct source_ops {
	void (*ask)(struct poll_source *s);
	void (*stop)(struct poll_source *s); /* cancels the current request; NULL: nothing to do */
};

extern const struct source_ops source_cfn, source_heat, source_request, source_zaqar, source_file,
        source_ec2;

/*
 * New metadata, taken over (an object; with its files, or NULL).  Returns what got() did; source_finished()
 * must follow.
 */
int source_deliver(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);

void source_succeeded(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);
void source_unchanged(struct poll_source *s); /* nothing new since the last time */
void source_finished(struct poll_source *s);  /* after source_deliver() */

/* `state` is a word for programs, `why` a sentence for people. */
void source_failed(struct poll_source *s, const char *state, const char *why, long retry_after_s);

/* There was no whole answer: s->rq says why. */
void source_no_answer(struct poll_source *s);

/* Reports that the resource is gone from its stack; call source_failed() next. */
void source_removed(struct poll_source *s);

/* Compares clocks by an answer's Date.  True: requests are signed for another time from now on. */
bool source_is_skewed(struct polls *p, time_t date);

/* Starts s->rq; when it cannot be, the poll has failed. */
void source_send(struct poll_source *s);

/* As JSON: bounded in depth, an object, else NULL and the poll has failed. */
json_t *source_parse_object(struct poll_source *s, const char *text, size_t len, const char *what);

#endif
