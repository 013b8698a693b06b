/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/get_metadata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "heat/cli/cli_options.h"
#include "heat/cli/doctor.h"
#include "heat/source/metadata_cache.h"
#include "heat/source/poll_once.h"

/* Other statuses are those of doctor.h, for the reason why there is no metadata. */
enum { NO_SUCH_KEY = 3 };

struct metadata_request {
	struct cli_options options;
	const char *key;
	bool raw, indented, cached, compat;
};

/* The metadata that was found, or why there is none. */
struct finding {
	json_t *metadata; /* a reference, or NULL */
	int status;       /* of the first source that failed; 0: none has */
	char why[CFN_WHY];
};

/* Splits off the next part of a key: 'quoted', or up to a dot.  Returns false if it is malformed. */
static bool next_key_part(const char **key, const char **ret, size_t *ret_len)
{
	const char *s = *key, *end;

	if (*s == '\'') {
		end = strchr(++s, '\'');
		if (!end || end == s || (end[1] && end[1] != '.'))
			return false;
		*key = end + 1;
	} else {
		end = s + strcspn(s, ".");
		if (end == s)
			return false;
		*key = end;
	}
	*key += **key == '.';
	*ret = s;
	*ret_len = (size_t)(end - s);
	return true;
}

const json_t *metadata_at(const json_t *metadata, const char *key)
{
	const char *name;
	size_t n;

	while (metadata && *key) {
		if (!next_key_part(&key, &name, &n))
			return NULL;
		metadata = json_object_getn(metadata, name, n);
	}
	return metadata;
}

static void set_first_failure(struct finding *f, int status, const char *why)
{
	if (f->status)
		return;
	f->status = status;
	STR_COPY(f->why, why);
}

static void merge_metadata(struct finding *f, const json_t *doc)
{
	if (!f->metadata)
		f->metadata = json_object();
	(void)json_object_update(f->metadata, (json_t *)(uintptr_t)doc);
}

static void request_metadata(struct finding *f, const struct conf *cf, const struct source *s)
{
	static struct poll_trial t;

	poll_once(&t, cf, s);
	if (strcmp(t.state, "ok") == 0 && t.doc)
		merge_metadata(f, t.doc);
	else
		set_first_failure(f, (int)doctor_cause(t.state, t.error),
		        *t.why ? t.why : "cannot poll the source");
	json_decref(t.doc);
	t.doc = NULL;
}

/*
 * Reads the cached metadata. The daemon consumes Zaqar messages, so that only its cache is left for
 * them.
 */
static void read_cached_metadata(struct finding *f, const char *resource, bool note)
{
	struct metadata_cache known;
	const char *from;

	metadata_cache_read(&known, resource, true, &from);
	if (!known.metadata)
		set_first_failure(f, note ? DOCTOR_CONFIGURATION : DOCTOR_METADATA,
		        note ? "no source of metadata is configured, and none is known from "
		               "before"
		             : "no metadata known: no message received yet");
	else
		merge_metadata(f, known.metadata);
	if (known.metadata && note)
		fprintf(stderr, "cfn-get-metadata: as last known (%s)\n", from);
	json_decref(known.metadata);
}

/* Returns true if the source can provide the resource's metadata; *ret is the source to request it with. */
static bool is_source_of_resource(const struct source *s, const struct metadata_request *q,
        const char *resource, bool anyone, struct source *ret)
{
	if (s->kind == SOURCE_EC2 || s->kind == SOURCE_HEAT_LOCAL ||
	        !cli_stack_resource(s, q->options.stack))
		return false;
	if (s->kind != SOURCE_CFN && !anyone && strcmp(s->resource, resource) != 0)
		return false;
	*ret = *s;
	if (s->kind == SOURCE_CFN)
		STR_COPY(ret->resource, resource);
	return true;
}

/*
 * Requests the resource from all its sources; for a key in several the last one wins, as in the daemon.  Standby sources
 * are requested separately, after a failure.  Returns the number of sources.
 */
static unsigned request_all_sources(struct finding *f, const struct conf *cf,
        const struct metadata_request *q, const char *resource, bool standby)
{
	/* Some transports do not report the name of the own resource. */
	const bool anyone = strcmp(cf->own, "server") == 0 || strcmp(cf->own, "local") == 0;
	bool cfn = false;
	unsigned n = 0;
	struct source s;

	for (unsigned i = 0; i < cf->source_count; i++) {
		if (cf->source[i].standby != standby ||
		        !is_source_of_resource(&cf->source[i], q, resource, anyone, &s) ||
		        (cfn && s.kind == SOURCE_CFN))
			continue;
		cfn |= s.kind == SOURCE_CFN;
		n++;
		if (s.kind == SOURCE_ZAQAR)
			read_cached_metadata(f, cf->own, false);
		else
			request_metadata(f, cf, &s);
	}
	explicit_bzero(&s, sizeof(s));
	return n;
}

static void find_metadata(
        struct finding *f, const struct conf *cf, const struct metadata_request *q)
{
	const char *resource = q->options.resource ? q->options.resource : cf->own;
	struct finding other = { 0 };

	if (q->cached) {
		read_cached_metadata(f, resource, true);
		return;
	}
	if (!*resource && cf->source_count) {
		set_first_failure(f, DOCTOR_CONFIGURATION,
		        "no resource is given, and this guest's resource is unknown");
		return;
	}
	if (request_all_sources(f, cf, q, resource, false) == 0 &&
	        request_all_sources(f, cf, q, resource, true) == 0) {
		read_cached_metadata(f, resource, true);
		return;
	}
	if (f->status && request_all_sources(&other, cf, q, resource, true) && !other.status) {
		f->status = 0;
		merge_metadata(f, other.metadata);
	}
	json_decref(other.metadata);
}

static int print_metadata_value(const json_t *v, const struct metadata_request *q)
{
	const size_t flags =
	        JSON_ENCODE_ANY | JSON_ENSURE_ASCII | (q->indented ? JSON_INDENT(4) : 0);

	if (q->raw && json_is_string(v))
		puts(json_string_value(v));
	else if (!json_is_null(v)) { /* the reference prints nothing for null */
		(void)json_dumpf(v, stdout, flags);
		putchar('\n');
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "cfn-get-metadata: cannot write the output\n");
	return 1;
}

static int run_get_metadata(const struct metadata_request *q)
{
	static struct conf cf;
	struct finding f = { 0 };
	const json_t *v;
	int r = 0;

	if (cli_conf(&cf, &q->options, f.why) < 0)
		f.status = DOCTOR_CONFIGURATION;
	else
		find_metadata(&f, &cf, q);
	conf_free(&cf);
	v = f.metadata && q->key ? metadata_at(f.metadata, q->key) : f.metadata;
	if (f.status) {
		fprintf(stderr, "cfn-get-metadata: %s\n", f.why);
		r = f.status;
	} else if (v) {
		r = print_metadata_value(v, q);
	} else if (!q->compat) {
		fprintf(stderr, "cfn-get-metadata: the metadata has no \"%s\"\n", q->key);
		r = NO_SUCH_KEY;
	}
	json_decref(f.metadata);
	return r;
}

int command_get_metadata(int argc, char **argv)
{
	struct metadata_request q = { 0 };
	bool verbose = false;
	const struct option_entry entries[] = {
		{ 'k', "key", "KEY", "print only the value at a.b or 'a.b'.c", .text = &q.key },
		{ 0, "raw", NULL, "print a string without its quotes", .flag = &q.raw },
		{ 0, "json", NULL, "indent the output instead of printing one line",
		        .flag = &q.indented },
		{ 0, "cached", NULL, "print the metadata that was last seen, without a request",
		        .flag = &q.cached },
		{ 0, "compat-exit", NULL, "a missing key is success, as in heat-cfntools",
		        .flag = &q.compat },
		{ 'v', "verbose", NULL, "log more", .flag = &verbose },
		CLI_OPTIONS(&q.options, 's', 'r', 'u'),
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "cfn-get-metadata", .entry = entries });

	if (r >= 0)
		return r;
	log_open(verbose ? LOG_DEBUG : LOG_ERR);
	return run_get_metadata(&q);
}
