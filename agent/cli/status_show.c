/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/show.h"

#include "agent/base/json.h"
#include "agent/base/text.h"

#include <string.h>

static long long json_integer_at_key(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}

/* Formats seconds as "8 min" or "2.5 h". */
static const char *format_status_span(const json_t *v, char *buf, size_t size)
{
	double s = json_number_value(v);

	if (!json_is_number(v))
		(void)snprintf(buf, size, "-");
	else if (s < 120)
		(void)snprintf(buf, size, "%.0f s", s);
	else if (s < 7200)
		(void)snprintf(buf, size, "%.0f min", s / 60);
	else
		(void)snprintf(buf, size, "%.1f h", s / 3600);
	return buf;
}

static void show_status_sources(const json_t *list, FILE *out)
{
	char a[256], b[512], c[420], t[32];
	size_t i;
	json_t *o;

	fprintf(out, "\nSources%s\n",
	        json_array_size(list) ? "" : ": none (no source is configured)");
	json_array_foreach (list, i, o) {
		fprintf(out, "  %-20s %-12s", json_printable_at(o, "resource", a, sizeof(a)),
		        json_printable_at(o, "state", c, sizeof(c)));
		fprintf(out, " next in %s",
		        format_status_span(json_object_get(o, "next_poll_s"), t, sizeof(t)));
		fprintf(out, "  (%s: %s)\n", json_printable_at(o, "name", a, sizeof(a)),
		        json_printable_at(o, "url", b, sizeof(b)));
		if (json_integer_at_key(o, "failures"))
			fprintf(out, "    %lld failures in a row: %s\n",
			        json_integer_at_key(o, "failures"),
			        json_printable_at(o, "last_error", c, sizeof(c)));
	}
}

static void show_status_hooks(const json_t *list, FILE *out)
{
	char a[128], b[200], t[32];
	size_t i;
	json_t *o;

	fprintf(out, "\nHooks%s\n", json_array_size(list) ? "" : ": none");
	json_array_foreach (list, i, o) {
		const json_t *st = json_object_get(o, "last_status");

		fprintf(out, "  %-20s %s", json_printable_at(o, "name", a, sizeof(a)),
		        json_is_true(json_object_get(o, "running"))    ? "running"
		        : json_is_true(json_object_get(o, "given_up")) ? "given up"
		        : json_is_null(st)                             ? "has not run"
		        : json_integer_value(st)                       ? "failed"
		                                                       : "ok");
		if (json_is_string(json_object_get(o, "last_error")))
			fprintf(out, ": %s", json_printable_at(o, "last_error", b, sizeof(b)));
		if (json_is_number(json_object_get(o, "next_try_s")))
			fprintf(out, "; try %lld in %s", json_integer_at_key(o, "attempts") + 1,
			        format_status_span(json_object_get(o, "next_try_s"), t, sizeof(t)));
		fprintf(out, "\n");
	}
}

static void show_status_deployments(const json_t *all, FILE *out)
{
	char a[128], b[64], c[32];
	size_t i;
	json_t *o;

	if (json_array_size(json_object_get(all, "list")) == 0)
		return;
	fprintf(out, "\nDeployments: %lld done, %lld of them failed%s\n",
	        json_integer_at_key(all, "done"), json_integer_at_key(all, "failed"),
	        json_is_true(json_object_get(all, "enabled")) ? "" : "; others run them");
	json_array_foreach (json_object_get(all, "list"), i, o) {
		fprintf(out, "  %-40s %-16s %s", json_printable_at(o, "name", a, sizeof(a)),
		        json_printable_at(o, "group", b, sizeof(b)),
		        json_printable_at(o, "state", c, sizeof(c)));
		if (json_integer_at_key(o, "status"))
			fprintf(out, ", status %lld", json_integer_at_key(o, "status"));
		fprintf(out, "\n");
	}
}

static void show_status_risks(const json_t *list, FILE *out)
{
	char a[64], b[80], c[200], d[32], t[32], r[32];
	size_t i;
	json_t *o;

	fprintf(out, "\n  %-22s %-18s %8s  %-8s %5s  %-8s %s\n", "METRIC", "INSTANCE", "VALUE",
	        "STATE", "RISK", "LEFT", "REASON");
	json_array_foreach (list, i, o) {
		const json_t *risk = json_object_get(o, "risk"), *v = json_object_get(o, "value");

		/* Series without a risk are left out; `prehup metrics` shows them. */
		if (strcmp(json_printable_at(o, "state", a, sizeof(a)), "watched") == 0 &&
		        json_is_null(json_object_get(o, "reason")))
			continue;

		(void)snprintf(
		        r, sizeof(r), json_is_number(risk) ? "%.2f" : "-", json_number_value(risk));
		(void)snprintf(
		        d, sizeof(d), json_is_number(v) ? "%.4g" : "unknown", json_number_value(v));
		fprintf(out, "  %-22s %-18s %8s  ", json_printable_at(o, "metric", a, sizeof(a)),
		        json_printable_at(o, "instance", b, sizeof(b)), d);
		fprintf(out, "%-8s %5s  %-8s %s\n", json_printable_at(o, "state", a, sizeof(a)), r,
		        format_status_span(json_object_get(o, "left_s"), t, sizeof(t)),
		        json_printable_at(o, "reason", c, sizeof(c)));
	}
}

static void show_status_settings(const json_t *status, FILE *out)
{
	const json_t *sig = json_object_get(status, "signals");
	const json_t *set = json_object_get(status, "settings");
	char b[420];

	fprintf(out, "\nSignals: %lld sent, %lld waiting, %lld given up\n",
	        json_integer_at_key(sig, "sent"), json_integer_at_key(sig, "waiting"),
	        json_integer_at_key(sig, "given_up"));
	if (json_is_string(json_object_get(sig, "last_error")))
		fprintf(out, "  last error: %s\n",
		        json_printable_at(sig, "last_error", b, sizeof(b)));
	fprintf(out, "Settings from metadata: %s\n",
	        json_printable_at(set, "metadata", b, sizeof(b)));
	if (json_is_string(json_object_get(set, "metadata_error")))
		fprintf(out, "  %s\n", json_printable_at(set, "metadata_error", b, sizeof(b)));
	if (json_is_string(json_object_get(set, "reload_error")))
		fprintf(out, "  %s\n", json_printable_at(set, "reload_error", b, sizeof(b)));
}

/* Fields that the firmware does not provide are left out. */
static void show_status_guest(const json_t *platform, FILE *out)
{
	static const char *const keys[] = { "hypervisor", "product", "uuid" };
	const char *before = "Guest: ";
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!*json_printable_at(platform, keys[i], text, sizeof(text)))
			continue;
		fprintf(out, "%s%s", before, text);
		before = ", ";
	}
	fputc('\n', out);
}

void status_show(const json_t *status, FILE *out)
{
	const json_t *m;
	char a[200], t[32];

	fprintf(out, "prehup %s, pid %lld, %s for %s\n",
	        json_printable_at(status, "version", a, 32), json_integer_at_key(status, "pid"),
	        json_printable_at(status, "state", a + 40, 32),
	        format_status_span(json_object_get(status, "uptime_s"), t, sizeof(t)));
	m = json_object_get(status, "platform");
	if (json_is_string(json_object_get(m, "hypervisor")))
		show_status_guest(m, out);
	m = json_object_get(status, "machine");
	if (json_is_number(json_object_get(m, "risk")))
		fprintf(out, "Risk: %.2f  %s\n", json_number_value(json_object_get(m, "risk")),
		        json_printable_at(m, "reason", a, sizeof(a)));
	else
		fprintf(out, "Risk: not known yet\n");
	if (json_is_string(json_object_get(m, "unusual")))
		fprintf(out, "Unusual: %s\n", json_printable_at(m, "unusual", a, sizeof(a)));
	show_status_sources(json_object_get(status, "sources"), out);
	show_status_hooks(json_object_get(status, "hooks"), out);
	show_status_deployments(json_object_get(status, "deployments"), out);
	show_status_settings(status, out);
	show_status_risks(json_object_get(status, "risks"), out);
}
