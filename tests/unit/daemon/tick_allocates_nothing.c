/* SPDX-License-Identifier: Apache-2.0 */
/* tick_allocates_nothing.c - a tick allocates nothing: 290 of them, with all collectors and the scorer. */
#include "tests/unit/lib/test.h"

#include "agent/base/log.h"
#include "agent/conf/conf_keys.h"
#include "agent/predict/score.h"
#include "collectors/runner.h"

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

static unsigned long allocations;

void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
	allocations++;
	return __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}

TEST(a_tick_allocates_nothing)
{
	static struct table table;
	static struct runner runner;
	static struct scorer scorer;
	static struct event_queue events;
	struct conf cf = { .filesystems = "auto",
		.processes = "comm:steady pidfile:/run/none.pid unit:none.service",
		.score = { .raise = 0.8, .clear = 0.4, .horizon_s = 900 } };
	struct anomaly *u = anomaly_new(ANOMALY_UNSCORED);
	unsigned long before = 0;
	struct loop loop;

	log_open(LOG_EMERG);
	(void)snprintf(cf.collectors, sizeof(cf.collectors), "%s",
	        conf_key_find("collect", "collectors")->value);
	assert_int_equal(loop_open(&loop), 0);
	runner_open(&runner, &loop, &table, &cf);
	for (uint64_t i = 1; i <= 300; i++) {
		if (i == 10)
			before = allocations;
		table_tick(&table, i * 10000);
		runner_tick(&runner);
		anomaly_effect_update(&scorer.anomaly, u, &table);
		score_update(&scorer, &table, &cf.score, &events);
	}
	assert_true(before > 0); /* the counting works */
	assert_int_equal(allocations, before);
	assert_true(table.count >= 100);
	free(u);
	runner_close(&runner);
	loop_close(&loop);
}
