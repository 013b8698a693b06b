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

/* Beside doctor.h's, which say why there is no metadata. */
enum { NO_SUCH_KEY = 3 };

static const char help[] =
        "usage: cfn-get-metadata [-s STACK] [-r RESOURCE] [-k KEY] [OPTION]...\n"
        "  -s, --stack NAME      the stack (default: this guest's)\n"
        "  -r, --resource NAME   the resource (default: this guest's)\n"
        "  -k, --key KEY         print only the value at a.b or 'a.b'.c\n"
        "      --raw             print a string without its quotes\n"
        "      --json            indent the output instead of printing one line\n"
        "      --cached          print the metadata that was last seen, without a request\n"
        "      --compat-exit     a missing key is success, as in heat-cfntools\n"
        "      --access-key, --secret-key, --credential-file, -u|--url, --http-proxy,\n"
        "      --https-proxy     replace the settings of this guest\n";

struct wish {
	struct cli_options who;
	const char *key;
	bool raw, indented, cached, compat;
};

/* The result of the search. */
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
		        *t.why ? t.why : "it cannot be asked");
	json_decref(t.doc);
	t.doc = NULL;
}

/* Reads the cached metadata.  A Zaqar message is consumed by the daemon, so that only its cache is left. */
static void read_cached_metadata(struct finding *f, const char *resource, bool note)
{
	struct metadata_cache known;
	const char *from;

	metadata_cache_read(&known, resource, true, &from);
	if (!known.metadata)
		set_first_failure(f, note ? DOCTOR_CONFIGURATION : DOCTOR_METADATA,
		        note ? "no source of metadata is configured, and none is known from "
		               "before"
		             : "none is known: no message has come yet");
	else
		merge_metadata(f, known.metadata);
	if (known.metadata && note)
		fprintf(stderr, "cfn-get-metadata: as last known (%s)\n", from);
	json_decref(known.metadata);
}

/* Returns true if the source can provide the resource's metadata; *ret is the source to request it with. */
static bool is_source_of_resource(const struct source *s, const struct wish *w,
        const char *resource, bool anyone, struct source *ret)
{
	if (s->kind == SOURCE_EC2 || s->kind == SOURCE_HEAT_LOCAL ||
	        !cli_stack_resource(s, w->who.stack))
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
static unsigned request_all_sources(struct finding *f, const struct conf *cf, const struct wish *w,
        const char *resource, bool standby)
{
	/* Some transports do not say what our own resource is called. */
	const bool anyone = strcmp(cf->own, "server") == 0 || strcmp(cf->own, "local") == 0;
	bool cfn = false;
	unsigned n = 0;
	struct source s;

	for (unsigned i = 0; i < cf->source_count; i++) {
		if (cf->source[i].standby != standby ||
		        !is_source_of_resource(&cf->source[i], w, resource, anyone, &s) ||
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

static void find_metadata(struct finding *f, const struct conf *cf, const struct wish *w)
{
	const char *resource = w->who.resource ? w->who.resource : cf->own;
	struct finding other = { 0 };

	if (w->cached) {
		read_cached_metadata(f, resource, true);
		return;
	}
	if (!*resource && cf->source_count) {
		set_first_failure(f, DOCTOR_CONFIGURATION,
		        "no resource is named, and none is known to be this guest's");
		return;
	}
	if (request_all_sources(f, cf, w, resource, false) == 0 &&
	        request_all_sources(f, cf, w, resource, true) == 0) {
		read_cached_metadata(f, resource, true);
		return;
	}
	if (f->status && request_all_sources(&other, cf, w, resource, true) && !other.status) {
		f->status = 0;
		merge_metadata(f, other.metadata);
	}
	json_decref(other.metadata);
}

static int print_metadata_value(const json_t *v, const struct wish *w)
{
	const size_t flags =
	        JSON_ENCODE_ANY | JSON_ENSURE_ASCII | (w->indented ? JSON_INDENT(4) : 0);

	if (w->raw && json_is_string(v))
		puts(json_string_value(v));
	else if (!json_is_null(v)) { /* the reference prints nothing for null */
		(void)json_dumpf(v, stdout, flags);
		putchar('\n');
	}
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	fprintf(stderr, "cfn-get-metadata: cannot write it\n");
	return 1;
}

static int run_get_metadata(const struct wish *w)
{
	static struct conf cf;
	struct finding f = { 0 };
	const json_t *v;
	int r = 0;

	if (cli_conf(&cf, &w->who, f.why) < 0)
		f.status = DOCTOR_CONFIGURATION;
	else
		find_metadata(&f, &cf, w);
	conf_free(&cf);
	v = f.metadata && w->key ? metadata_at(f.metadata, w->key) : f.metadata;
	if (f.status) {
		fprintf(stderr, "cfn-get-metadata: %s\n", f.why);
		r = f.status;
	} else if (v) {
		r = print_metadata_value(v, w);
	} else if (!w->compat) {
		fprintf(stderr, "cfn-get-metadata: the metadata has no \"%s\"\n", w->key);
		r = NO_SUCH_KEY;
	}
	json_decref(f.metadata);
	return r;
}

static bool parse_metadata_option(struct wish *w, int c)
{
	switch (c) {
	case 'k':
		w->key = optarg;
		return true;
	case 'R':
		return w->raw = true;
	case 'j':
		return w->indented = true;
	case 'C':
		return w->cached = true;
	case 'c':
		return w->compat = true;
	case 'v':
		log_open(LOG_DEBUG);
		return true;
	default:
		return cli_option(&w->who, c, optarg);
	}
}

int command_get_metadata(int argc, char **argv)
{
	static const struct option options[] = { PROGRAM_OPTIONS,
		{ "key", required_argument, NULL, 'k' }, { "raw", no_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' }, { "cached", no_argument, NULL, 'C' },
		{ "compat-exit", no_argument, NULL, 'c' }, { "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct wish w = { 0 };
	int c;

	log_open(LOG_ERR);
	while ((c = getopt_long(argc, argv, "s:r:k:u:f:vh", options, NULL)) != -1) {
		static const int shorts[][2] = { { 's', OPTION_STACK }, { 'r', OPTION_RESOURCE },
			{ 'u', OPTION_URL }, { 'f', OPTION_CREDENTIAL_FILE } };

		for (size_t i = 0; i < ARRAY_SIZE(shorts); i++)
			c = c == shorts[i][0] ? shorts[i][1] : c;
		if (!parse_metadata_option(&w, c)) {
			fputs(help, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : DOCTOR_USAGE;
		}
	}
	if (optind < argc) {
		fputs(help, stderr);
		return DOCTOR_USAGE;
	}
	return run_get_metadata(&w);
}
