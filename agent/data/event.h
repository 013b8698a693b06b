/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.h - events of the scorer, on which the daemon acts.
 *
 * Events are values. They are copied into a fixed ring and out of it, and refer to nothing that can
 * be freed. When the ring is full the newest event is lost and counted, so that the first sign of
 * trouble is kept.
 */
#ifndef AGENT_DATA_EVENT_H
#define AGENT_DATA_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/data/table.h"

enum event_kind {
	EVENT_RAISED,  /* a series is heading for failure: predict.raised */
	EVENT_CLEARED, /* ... and no longer is: predict.cleared */
};

enum {
	EVENT_QUEUE = 64,
	EVENT_REASON = 160,
	EVENT_CAUSE = 16, /* "memory", "filesystem" */
	EVENT_ANOMALY_MAX =
	        SERIES_NAME + SERIES_INSTANCE + 64, /* "disk.latency_ms[vda] leaves the range" */
};

struct event {
	enum event_kind kind;
	uint64_t at_ms; /* table time */
	char metric[SERIES_NAME];
	char instance[SERIES_INSTANCE];
	double value;
	double risk;                     /* 0 to 1 */
	double left_s;                   /* seconds until failure; NAN: not known */
	char cause[EVENT_CAUSE];         /* risk group: "memory", "disk" */
	char reason[EVENT_REASON];       /* one line for people */
	char unusual[EVENT_ANOMALY_MAX]; /* raised: the anomaly that increased the risk; "": none */
};

struct event_queue {
	unsigned first, count;
	unsigned lost;
	struct event ring[EVENT_QUEUE];
};

/* Appends a copy.  Returns false, and counts the loss, when the queue is full. */
static inline bool event_push(struct event_queue *q, const struct event *e)
{
	if (q->count == EVENT_QUEUE) {
		q->lost++;
		return false;
	}
	q->ring[(q->first + q->count++) % EVENT_QUEUE] = *e;
	return true;
}

/* Moves the oldest event to *ret.  Returns false when the queue is empty. */
static inline bool event_pop(struct event_queue *q, struct event *ret)
{
	if (q->count == 0)
		return false;
	*ret = q->ring[q->first];
	q->first = (q->first + 1) % EVENT_QUEUE;
	q->count--;
	return true;
}

#endif
