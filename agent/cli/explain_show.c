/* SPDX-License-Identifier: Apache-2.0 */
/* explain_show.c - prints the explanation as text. */
#include <math.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/cli/show.h"
#include "agent/data/table.h"
#include "agent/predict/reason.h"

static void show_explained_metric(const json_t *o, FILE *out)
{
	char text[EVENT_REASON * 2], state[16], span[REASON_SPAN];
	double risk = json_number_at(o, "risk"), usual = json_number_at(o, "usual");
	json_t *h;
	size_t i;

	if (isnan(risk))
		fprintf(out, "    %-8s %s", json_printable_at(o, "state", state, sizeof(state)),
		        "");
	else
		fprintf(out, "    %8.2f ", risk);
	fprintf(out, "%s\n", json_printable_at(o, "reason", text, sizeof(text)));
	if (isnan(risk))
		return;
	if (!isnan(usual))
		fprintf(out, "             usually %.1f %%", usual * 100);
	json_array_foreach (json_object_get(o, "within"), i, h) {
		reason_span(json_number_at(h, "horizon_s"), span);
		if (isnan(json_number_at(h, "risk")))
			fprintf(out, "%s%s still learning", i ? ", " : "; within ", span);
		else
			fprintf(out, "%s%s %.2f", i ? ", " : "; within ", span,
			        json_number_at(h, "risk"));
	}
	if (!isnan(usual))
		fputc('\n', out);
}

static void show_explained_group(const json_t *o, FILE *out)
{
	char name[32], instance[SERIES_INSTANCE];
	double risk = json_number_at(o, "risk");
	const json_t *m;
	size_t i;

	json_printable_at(o, "cause", name, sizeof(name));
	json_printable_at(o, "instance", instance, sizeof(instance));
	fprintf(out, "\n  %s%s%s: ", name, *instance ? " " : "", instance);
	if (isnan(risk))
		fprintf(out, "unknown\n");
	else if (risk < 0.01)
		fprintf(out, "%s\n",
		        json_is_true(json_object_get(o, "raised")) ? "raised (beyond the horizon)"
		                                                   : "ok");
	else
		fprintf(out, "risk %.2f, %.0f %% of the whole\n", risk,
		        100 * json_number_at(o, "share"));
	json_array_foreach (json_object_get(o, "metrics"), i, m)
		show_explained_metric(m, out);
}

void explain_show(const json_t *doc, FILE *out)
{
	char state[16], span[REASON_SPAN], text[EVENT_REASON * 2];
	const json_t *o;
	size_t i;

	reason_span(json_number_at(doc, "horizon_s"), span);
	json_printable_at(doc, "state", state, sizeof(state));
	if (isnan(json_number_at(doc, "risk")))
		fprintf(out, "Still learning: no prediction for the next %s yet.\n", span);
	else
		fprintf(out, "Risk of failing within %s: %.2f (%s)\n", span,
		        json_number_at(doc, "risk"),
		        strcmp(state, "failing") == 0 ? "an alarm is raised" : "no alarm");
	if (json_number_at(json_object_get(doc, "unusual"), "now") > 0)
		fprintf(out, "Unusual: %s (risk without it: %.2f)\n",
		        json_printable_at(
		                json_object_get(doc, "unusual"), "reason", text, sizeof(text)),
		        json_number_at(doc, "alone"));
	json_array_foreach (json_object_get(doc, "causes"), i, o)
		show_explained_group(o, out);
}
