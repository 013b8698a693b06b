/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rate_limit.h - how often something may be done: so many times an hour, saved up to as many.
 *
 * A token bucket, told the time.
 */
#ifndef AGENT_STORE_RATE_LIMIT_H
#define AGENT_STORE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	bool started;
	double tokens;
	uint64_t at_ms;
};

/* Takes one of `per_hour`: true, or false with how long to wait for it in *ret_wait_ms. */
bool budget_take(struct budget *b, unsigned per_hour, uint64_t now_ms, uint64_t *ret_wait_ms);

/* Many of them by name, kept on disk so that a restart is no way around them. */
enum { BUDGETS_MAX = 128, BUDGET_NAME = 80 };

struct budgets {
	const char *path; /* JSON, below the sysroot; kept by reference */
	unsigned count;
	struct {
		char name[BUDGET_NAME];
		struct budget budget;
	} item[BUDGETS_MAX];
};

/* Nothing is credited for the time while we did not run. */
void budgets_open(struct budgets *s, const char *path, uint64_t now_ms);

bool budgets_take(struct budgets *s, const char *name, unsigned per_hour, uint64_t now_ms,
        uint64_t *ret_wait_ms);

#endif
