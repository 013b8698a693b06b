/* SPDX-License-Identifier: Apache-2.0 */
/*
 * risk_group.h - series that tell of the same trouble are one cause: memory, swap and the pressure on both,
 * space and inodes of one filesystem, the counters of one disk.
 *
 * Inside a cause the worst counts; causes fail independently of each other, so that the machine's risk
 * is 1 - the product of all that do not.
 */
#ifndef AGENT_PREDICT_RISK_GROUP_H
#define AGENT_PREDICT_RISK_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/data/event.h"
#include "agent/data/table.h"

enum { CAUSES_MAX = 64 };

/* What is unusual adds no more than this to the machine's risk, however many causes it makes likelier. */
#define CAUSE_UNUSUAL 0.3

struct cause {
	char name[EVENT_CAUSE]; /* "memory", "filesystem" */
	char instance[SERIES_INSTANCE];
	unsigned members; /* series; 0: free */
	double risk;      /* NAN: not known of any */
	double alone;     /* the same, were nothing unusual */
	int worst;        /* index of the series that makes it; -1: none */
};

struct causes {
	double risk;  /* of the machine; NAN while nothing is known */
	double alone; /* the same, were nothing unusual */
	unsigned count;
	struct cause cause[CAUSES_MAX];
};

/* The place, from 1, of the cause that a series belongs to; 0: no room. */
uint16_t cause_join(struct causes *c, const char *name, const char *instance);
void cause_leave(struct causes *c, uint16_t place);

/* Does a series belong there? */
bool cause_is(const struct cause *c, const char *name, const char *instance);

/* Once for each update: all is unknown, then each series has its say, then the machine's risk is had. */
void cause_begin(struct causes *c);
void cause_say(struct causes *c, uint16_t place, double risk, double alone, int series);
void cause_end(struct causes *c);

#endif
