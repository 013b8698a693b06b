/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_internal.h - private to poll.c, poll_source.c and the transports (source_*.c).
 *
 * ask() leads, immediately or later, to exactly one call of source_succeeded(), source_unchanged(),
 * source_failed(), source_no_answer() or source_finished() for its source.
 */
#ifndef HEAT_SOURCE_POLL_INTERNAL_H
#define HEAT_SOURCE_POLL_INTERNAL_H

#include "heat/source/poll.h"

struct source_ops {
	void (*ask)(struct poll_source *s);
	void (*stop)(struct poll_source *s); /* cancels the current request; NULL: nothing to do */
};

extern const struct source_ops source_cfn, source_heat, source_request, source_zaqar, source_file,
        source_ec2;

/*
 * Delivers new metadata and takes ownership of doc (an object) and files (or NULL). Returns the
 * result of got(); source_finished() must follow.
 */
int source_deliver(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);

void source_succeeded(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);
void source_unchanged(struct poll_source *s); /* no change since the last answer */
void source_finished(struct poll_source *s);  /* after source_deliver() */

/* Reports a failed poll. `state` is a keyword for programs, `why` a sentence for people. */
void source_failed(struct poll_source *s, const char *state, const char *why, long retry_after_s);

/* Reports a poll without a complete answer, explained by s->rq. */
void source_no_answer(struct poll_source *s);

/* Reports that the resource is gone from its stack; call source_failed() next. */
void source_removed(struct poll_source *s);

/*
 * Compares the clocks by an answer's Date. Returns true if requests are signed with another time
 * from now on.
 */
bool source_is_skewed(struct polls *p, time_t date);

/* Starts s->rq; reports a failed poll if that fails. */
void source_send(struct poll_source *s);

/*
 * Parses a JSON object of bounded depth. Returns NULL, and reports a failed poll, if it is not one.
 */
json_t *source_parse_object(struct poll_source *s, const char *text, size_t len, const char *what);

void poll_source_start(
        struct poll_source *s); /* polls now; does nothing if a poll is in progress */
void poll_source_later(struct poll_source *s, double wait_s);
void poll_source_clear(struct poll_source *s); /* frees the slot */

#endif
