/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exposition.h - the guest's state for Prometheus and health probes. Pure: it reads only its
 * arguments. An unknown value is omitted, or null; never 0. Instances are bytes (as mount points
 * are); bytes that are not UTF-8 become \xNN.
 */
#ifndef AGENT_SERVE_EXPOSITION_H
#define AGENT_SERVE_EXPOSITION_H

#include <stddef.h>

#include "agent/data/table.h"
#include "agent/predict/score.h"
#include "agent/serve/listener.h"

/* A number about the agent itself. */
struct exposition_number {
	const char *name; /* "polls_failed_total", without the prefix "prehup_" */
	const char *help; /* one line */
	const char *type; /* "counter" (name ends in _total) or "gauge" */
	double value;     /* NAN: omitted */
};

/* A label of prehup_guest_info. */
struct exposition_label {
	const char *name, *value; /* "": unknown, omitted */
};

struct exposition {
	const struct table *table;
	const struct scorer *scorer;
	const struct exposition_number *number; /* an array; may be NULL with count 0 */
	size_t count;
	const struct exposition_label
	        *label; /* describe the platform; may be NULL with label_count 0 */
	size_t label_count;
};

/*
 * Writes Prometheus' text format 0.0.4. The caller frees *ret, which is NUL-terminated. Returns 0
 * or -ENOMEM.
 */
int exposition_metrics(const struct exposition *e, char **ret, size_t *ret_len);

/*
 * Writes the health as one line of JSON: "failing" while any series is raised, "learning" while no
 * risk is known, else "ok". risk, seconds_left and reason are those of the worst series; while
 * failing, of the worst raised one. "causes" lists all raised series. Returns the HTTP status, 503
 * while failing, else 200; or -ENOMEM.
 */
int exposition_health(const struct exposition *e, char **ret, size_t *ret_len);

/* Answers GET path: /health (and /healthz), /metrics, /; other paths keep status 404. */
void exposition_answer(const struct exposition *e, const char *path, struct listener_answer *ret);

#endif
