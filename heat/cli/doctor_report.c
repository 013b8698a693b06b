/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/doctor_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/redact.h"
#include "agent/base/text.h"

enum { COLUMN = 17, WIDTH = 79 };

/* Makes text from outside safe for a terminal. */
static void sanitize_finding(char *s)
{
	redact(s);
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = '?';
}

/* Prints a label and a text, wrapped at blanks and indented. */
static void print_wrapped_finding(const char *mark, const char *text)
{
	enum { INDENT = 13 };
	int at = printf("    %-8s", mark);

	while (*text) {
		const size_t n = strcspn(text, " ");

		if (at + 1 + (int)n > WIDTH && at >= INDENT)
			at = printf("\n%*s", INDENT - 1, "") - 1;
		at += printf(" %.*s", (int)n, text);
		text += n + (text[n] == ' ');
	}
	putchar('\n');
}

static void append_doctor_step(
        struct doctor *d, const char *step, const char *state, const char *what, const char *remedy)
{
	(void)json_array_append_new(d->steps, json_pack("{ss ss ss ss*}", "step", step, "state",
	                                              state, "what", what, "remedy", remedy));
}

void doctor_about(struct doctor *d, const char *what)
{
	json_t *o = json_pack("{ss s[]}", "about", what, "steps");

	if (!d->all)
		d->all = json_array();
	(void)json_array_append_new(d->all, o);
	d->steps = json_object_get(o, "steps");
	if (!d->json)
		printf("%s\n", what);
}

void doctor_ok(struct doctor *d, const char *step, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	sanitize_finding(what);
	append_doctor_step(d, step, "ok", what, NULL);
	if (!d->json)
		printf("  %-*s ok    %.54s\n", COLUMN, step, what);
}

void doctor_note(struct doctor *d, const char *step, const char *what)
{
	char text[640];

	STR_COPY(text, what);
	sanitize_finding(text);
	append_doctor_step(d, step, "note", text, NULL);
	if (!d->json) {
		printf("  %-*s note\n", COLUMN, step);
		print_wrapped_finding("", text);
	}
}

void doctor_fault(struct doctor *d, enum doctor_status status, const char *step, const char *cause,
        const char *remedy)
{
	char what[640], cure[640];

	STR_COPY(what, cause);
	STR_COPY(cure, remedy);
	sanitize_finding(what);
	sanitize_finding(cure);
	if (!d->status)
		d->status = (int)status;
	d->faults++;
	append_doctor_step(d, step, "failed", what, cure);
	if (d->json)
		return;
	printf("  %-*s FAILED\n", COLUMN, step);
	print_wrapped_finding("cause", what);
	if (*cure)
		print_wrapped_finding("remedy", cure);
}

int doctor_end(struct doctor *d)
{
	if (d->json) {
		json_auto_t *o = json_pack("{sO? si}", "found", d->all, "status", d->status);

		(void)json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!d->faults) {
		puts("no faults found");
	}
	json_decref(d->all);
	d->all = NULL;
	return d->status;
}
