/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate_limit.h - token buckets: a number of actions per hour, saved up to that number.
 *
 * The time is a parameter.
 */
#ifndef AGENT_STORE_RATE_LIMIT_H
#define AGENT_STORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct rate_limit {
	bool started;
	double tokens;
	uint64_t at_ms;
};

/* Takes one token of `per_hour`.  Returns false if there is none, with the wait for it in *ret_wait_ms. */
bool budget_take(struct rate_limit *b, unsigned per_hour, uint64_t now_ms, uint64_t *ret_wait_ms);

/* Rate limits by name, kept on disk so that a restart does not reset them. */
enum { RATE_LIMITS_MAX = 128, RATE_LIMIT_NAME = 80 };

struct rate_limits {
	const char *path; /* JSON, below the sysroot; kept by reference */
	unsigned count;
	struct {
		char name[RATE_LIMIT_NAME];
		struct rate_limit budget;
	} item[RATE_LIMITS_MAX];
};

/* Reads the saved limits.  No tokens are added for the time while the daemon did not run. */
void rate_limits_open(struct rate_limits *s, const char *path, uint64_t now_ms);

bool rate_limits_take(struct rate_limits *s, const char *name, unsigned per_hour, uint64_t now_ms,
        uint64_t *ret_wait_ms);

#endif
