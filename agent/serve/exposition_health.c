/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/serve/exposition.h"
#include "agent/serve/exposition_internal.h"

static json_t *json_from_reason(const struct series *s, const struct verdict *v)
{
	char line[EVENT_REASON];

	score_reason(s->name, s->instance, v, line);
	return json_from_bytes(line);
}

static bool is_series_raised(const struct exposition *e, unsigned i)
{
	return score_verdict(e->scorer, e->table, i)->state == SCORE_RAISED;
}

/* Builds the list of raised series that concern the machine. *ret_worst is the one with the highest risk, -1 without any. */
static json_t *list_raised_metrics(const struct exposition *e, int *ret_worst)
{
	json_t *list = json_array();
	double most = -1;

	*ret_worst = -1;
	for (unsigned i = 0; i < e->table->count; i++) {
		const struct series *s = &e->table->series[i];
		const struct verdict *v = score_verdict(e->scorer, e->table, i);
		/* A raised series whose sample cannot be read comes after those of known risk. */
		double risk = isnan(v->risk) ? -0.5 : v->risk;

		if (!is_series_raised(e, i) || score_is_local(e->scorer, e->table, i))
			continue;
		if (risk > most) {
			most = risk;
			*ret_worst = (int)i;
		}
		(void)json_array_append_new(list,
		        json_pack("{so so so so so so}", "metric", json_from_bytes(s->name),
		                "instance", json_from_bytes(s->instance), "risk",
		                json_from_number(v->risk), "seconds_left",
		                json_from_number(v->left_s), "value", json_from_number(s->value),
		                "reason", json_from_reason(s, v)));
	}
	return list;
}

int exposition_health(const struct exposition *e, char **ret, size_t *ret_len)
{
	int raised, worst = score_worst(e->scorer, e->table);
	json_t *list = list_raised_metrics(e, &raised);
	const char *status = raised >= 0 ? "failing" : worst >= 0 ? "ok" : "learning";
	int about = raised >= 0 ? raised : worst;
	json_auto_t *doc = NULL;

	if (about >= 0) {
		const struct verdict *v = score_verdict(e->scorer, e->table, (unsigned)about);

		doc = json_pack("{ss so so so so}", "status", status, "risk",
		        json_from_number(v->risk), "seconds_left", json_from_number(v->left_s),
		        "reason", json_from_reason(&e->table->series[about], v), "causes", list);
	} else {
		doc = json_pack("{ss sn sn sn so}", "status", status, "risk", "seconds_left",
		        "reason", "causes", list);
	}
	/* Ends in a newline for a reader on a terminal. */
	*ret = doc ? json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(10)) : NULL;
	if (*ret) {
		size_t n = strlen(*ret);
		char *more = realloc(*ret, n + 2);

		if (more) {
			memcpy(more + n, "\n", 2);
			*ret = more;
			n++;
		}
		*ret_len = n;
	}
	return !*ret ? -ENOMEM : raised >= 0 ? 503 : 200;
}
