/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the interface of a way to get metadata, and what poll.c does for each of them.
 *
 * A transport's ask() leads, then or later, to exactly one of poll_got(), poll_same(), poll_failed(),
 * poll_no_answer() or poll_end() for the source it was given.
 */
#ifndef HEAT_SOURCE_SOURCE_H
#define HEAT_SOURCE_SOURCE_H

#include "heat/source/poll.h"

struct transport {
	void (*ask)(struct poll_source *s);
	void (*stop)(struct poll_source *s); /* gives up what is under way; NULL: nothing to do */
};

extern const struct transport transport_cfn, transport_heat, transport_request, transport_zaqar,
        transport_file, transport_ec2;

/*
 * New metadata, taken over (an object; with its files, or NULL).  Returns what got() did; poll_end()
 * must follow.
 */
int poll_take(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);

void poll_got(struct poll_source *s, json_t *doc, json_t *files, const char *physical_id);
void poll_same(struct poll_source *s); /* nothing new since the last time */
void poll_end(struct poll_source *s);  /* after poll_take() */

/* `state` is a word for programs, `why` a sentence for people. */
void poll_failed(struct poll_source *s, const char *state, const char *why, long retry_after_s);

/* There was no whole answer: s->rq says why. */
void poll_no_answer(struct poll_source *s);

/* The resource is gone from its stack: told to the agent; poll_failed() is to follow. */
void poll_gone(struct poll_source *s);

/* Compares clocks by an answer's Date.  True: requests are signed for another time from now on. */
bool poll_skewed(struct polls *p, time_t date);

/* Starts s->rq; when it cannot be, the poll has failed. */
void poll_send(struct poll_source *s);

/* As JSON: bounded in depth, an object, else NULL and the poll has failed. */
json_t *poll_object(struct poll_source *s, const char *text, size_t len, const char *what);

/* A number in [0, 1) that no other guest has. */
double poll_chance(void);

#endif
