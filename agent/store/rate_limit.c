/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store/rate_limit.h"

#include <stdio.h>
#include <string.h>

#include "agent/store/jsonfile.h"

static const double hour_ms = 3600e3;

bool budget_take(struct rate_limit *b, unsigned per_hour, uint64_t now_ms, uint64_t *ret_wait_ms)
{
	double rate = per_hour / hour_ms;

	*ret_wait_ms = (uint64_t)hour_ms;
	if (per_hour == 0)
		return false;
	if (!b->started)
		*b = (struct rate_limit){ .started = true, .tokens = per_hour, .at_ms = now_ms };
	if (now_ms > b->at_ms)
		b->tokens += rate * (double)(now_ms - b->at_ms);
	if (b->tokens > per_hour)
		b->tokens = per_hour;
	b->at_ms = now_ms;
	if (b->tokens >= 1) {
		b->tokens--;
		return true;
	}
	*ret_wait_ms = (uint64_t)((1 - b->tokens) / rate) + 1;
	return false;
}

static struct rate_limit *find_rate_limit(struct rate_limits *s, const char *name)
{
	unsigned i;

	for (i = 0; i < s->count; i++)
		if (strncmp(s->item[i].name, name, RATE_LIMIT_NAME - 1) == 0)
			return &s->item[i].budget;
	/* Names come from settings, and there are fewer than the maximum; further names share the last entry. */
	if (i < RATE_LIMITS_MAX)
		s->item[s->count++].budget = (struct rate_limit){ 0 };
	else
		i--;
	(void)snprintf(s->item[i].name, RATE_LIMIT_NAME, "%s", name);
	return &s->item[i].budget;
}

void rate_limits_open(struct rate_limits *s, const char *path, uint64_t now_ms)
{
	json_auto_t *o = NULL;
	const char *name;
	json_t *v;

	s->path = path;
	s->count = 0;
	if (jsonfile_read(path, &o) < 0)
		return; /* the first start, or a lost file: full budgets */
	json_object_foreach (o, name, v)
		if (s->count < RATE_LIMITS_MAX && json_is_number(v))
			*find_rate_limit(s, name) = (struct rate_limit){
				.started = true, .tokens = json_number_value(v), .at_ms = now_ms
			};
}

bool rate_limits_take(struct rate_limits *s, const char *name, unsigned per_hour, uint64_t now_ms,
        uint64_t *ret_wait_ms)
{
	json_auto_t *o = NULL;

	if (!budget_take(find_rate_limit(s, name), per_hour, now_ms, ret_wait_ms))
		return false;
	o = json_object();
	for (unsigned i = 0; i < s->count; i++)
		(void)json_object_set_new(o, s->item[i].name, json_real(s->item[i].budget.tokens));
	(void)jsonfile_write(s->path, o); /* on a full disk the budget holds until a restart */
	return true;
}
