/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/data/event.h"

bool event_push(struct event_queue *q, const struct event *e)
{
	if (q->count == EVENT_QUEUE) {
		q->lost++;
		return false;
	}
	q->ring[(q->first + q->count++) % EVENT_QUEUE] = *e;
	return true;
}

bool event_pop(struct event_queue *q, struct event *ret)
{
	if (q->count == 0)
		return false;
	*ret = q->ring[q->first];
	q->first = (q->first + 1) % EVENT_QUEUE;
	q->count--;
	return true;
}
