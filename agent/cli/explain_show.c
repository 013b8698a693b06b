/* SPDX-License-Identifier: Apache-2.0 */
/* explain_show.c - the explanation for a person. */
#include <math.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/predict/reason.h"
#include "agent/serve/explanation.h"

/* NAN where there is none. */
static double num(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	return json_is_number(v) ? json_number_value(v) : NAN;
}

static void show_metric(const json_t *o, FILE *out)
{
	char text[EVENT_REASON * 2], state[16], span[REASON_SPAN];
	double risk = num(o, "risk"), usual = num(o, "usual");
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
		reason_span(num(h, "horizon_s"), span);
		if (isnan(num(h, "risk")))
			fprintf(out, "%s%s still learning", i ? ", " : "; within ", span);
		else
			fprintf(out, "%s%s %.2f", i ? ", " : "; within ", span, num(h, "risk"));
	}
	if (!isnan(usual))
		fputc('\n', out);
}

static void show_cause(const json_t *o, FILE *out)
{
	char name[32], instance[SERIES_INSTANCE];
	double risk = num(o, "risk");
	const json_t *m;
	size_t i;

	json_printable_at(o, "cause", name, sizeof(name));
	json_printable_at(o, "instance", instance, sizeof(instance));
	fprintf(out, "\n  %s%s%s: ", name, *instance ? " " : "", instance);
	if (isnan(risk))
		fprintf(out, "not known\n");
	else if (risk < 0.01)
		fprintf(out, "%s\n",
		        json_is_true(json_object_get(o, "raised")) ? "raised, and not for soon"
		                                                   : "well");
	else
		fprintf(out, "risk %.2f, %.0f %% of the whole\n", risk, 100 * num(o, "share"));
	json_array_foreach (json_object_get(o, "metrics"), i, m)
		show_metric(m, out);
}

void explain_show(const json_t *doc, FILE *out)
{
	char state[16], span[REASON_SPAN], text[EVENT_REASON * 2];
	const json_t *o;
	size_t i;

	reason_span(num(doc, "horizon_s"), span);
	json_printable_at(doc, "state", state, sizeof(state));
	if (isnan(num(doc, "risk")))
		fprintf(out, "Still learning: nothing can be said of the next %s yet.\n", span);
	else
		fprintf(out, "Risk of failing within %s: %.2f (%s)\n", span, num(doc, "risk"),
		        strcmp(state, "failing") == 0 ? "an alarm is raised" : "no alarm");
	if (num(json_object_get(doc, "unusual"), "now") > 0)
		fprintf(out,
		        "Unusual: %s. What is likely is taken for likelier: %.2f without it.\n",
		        json_printable_at(
		                json_object_get(doc, "unusual"), "reason", text, sizeof(text)),
		        num(doc, "alone"));
	json_array_foreach (json_object_get(doc, "causes"), i, o)
		show_cause(o, out);
}
